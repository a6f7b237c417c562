import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyMember, gzipEncoder } from '../../src/encode/gzip-members.ts'
import type { Member } from '../../src/encode/gzip-press.ts'

test('members behind one another unpack to exactly the lines that went in', async () => {
  const line = fc.uint8Array({ minLength: 1, maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1 }),
      fc.integer({ min: 1, max: 200 }),
      async (lines, memberBytes) => {
        async function* source(): AsyncGenerator<Uint8Array> {
          // Lent: gone when the next is asked for.
          const chunk = new Uint8Array(50)
          for (const line of lines) {
            chunk.set(line)
            yield chunk.subarray(0, line.length)
            chunk.fill(0)
          }
        }
        const encoded = gzipEncoder({ level: 1, memberBytes })
        // Twice, and at once: what is used again is nobody else's meanwhile.
        const files = await Promise.all([source(), source()].map((each) => all(encoded(each))))
        for (const members of files) expect(gunzipSync(Buffer.concat(members))).toEqual(Buffer.concat(lines))
      },
    ),
  )
})

test('a file of nothing is a valid .gz of nothing', () => {
  expect(gunzipSync(emptyMember())).toHaveLength(0)
})

async function all(source: AsyncIterable<Member>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const member of source) {
    chunks.push(Buffer.from(member.bytes))
    member.release()
  }
  return chunks
}
