import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newArrays } from '../../src/cli/json-arrays.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

/** The files that arrays make of NDJSON that comes in pieces of `pieceBytes`. */
async function filesOf(
  lines: readonly string[],
  maxBytes: number | undefined,
  pieceBytes: number,
): Promise<string[]> {
  const files: Buffer[][] = [[]]
  const arrays = newArrays(
    {
      write: async (chunk) => void files.at(-1)?.push(Buffer.from(chunk)),
      restart: async () => void files.splice(0, files.length, []),
      end: async () => undefined,
      next: async () => void files.push([]),
    },
    { maxBytes },
  )
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  for (let at = 0; at < text.length; at += pieceBytes) await arrays.write(text.subarray(at, at + pieceBytes))
  await arrays.end()
  return files.map((pieces) => Buffer.concat(pieces).toString())
}

const users = fc.array(fc.string({ maxLength: 40 }).map((name) => JSON.stringify({ name })))

test('arrays have each line once, in order, however the lines arrive, and none is larger than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(
      users,
      fc.integer({ min: 400, max: 2000 }),
      fc.integer({ min: 1, max: 100 }),
      async (lines, max, piece) => {
        const files = await filesOf(lines, max, piece)
        for (const file of files) expect(Buffer.byteLength(file)).toBeLessThanOrEqual(max)
        expect(files.flatMap((file) => JSON.parse(file) as unknown[])).toEqual(
          lines.map((line) => JSON.parse(line)),
        )
        // A file ends only if the next user does not fit.
        for (const [index, file] of files.slice(1).entries())
          expect(Buffer.byteLength(files[index] ?? '') + Buffer.byteLength(file)).toBeGreaterThan(max / 2)
      },
    ),
    propertyRuns(100),
  )
})

test('lines without a size for files become one array, with an element a line', async () => {
  expect(await filesOf(['{"a":1}', '{"a":2}'], undefined, 3)).toEqual(['[\n{"a":1},\n{"a":2}\n]\n'])
  expect(await filesOf([], undefined, 1)).toEqual(['[]\n'])
})

test('a user who alone is larger than an array may be is refused with the size that would do', async () => {
  await expect(filesOf(['{"a":1}'], 11, 100)).rejects.toMatchObject({
    code: 'usage_invalid',
    message: expect.stringContaining('has 12 bytes'),
  })
  expect(await filesOf(['{"a":1}'], 12, 100)).toEqual(['[\n{"a":1}\n]\n'])
})
