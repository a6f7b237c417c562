import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyMember, gzipMembers } from '../../src/encode/gzip-members.ts'

test('members behind one another unpack to exactly the lines that went in', async () => {
  const line = fc.uint8Array({ minLength: 1, maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1 }),
      fc.integer({ min: 1, max: 200 }),
      async (lines, memberBytes) => {
        const members: Uint8Array[] = []
        async function* source(): AsyncGenerator<Uint8Array> {
          yield* lines
        }
        for await (const member of gzipMembers(source(), { level: 1, memberBytes })) members.push(member)
        expect(gunzipSync(Buffer.concat(members))).toEqual(Buffer.concat(lines))
      },
    ),
  )
})

test('a file of nothing is a valid .gz of nothing', () => {
  expect(gunzipSync(emptyMember())).toHaveLength(0)
})
