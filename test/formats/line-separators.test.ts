import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutLineSeparators } from '../../src/formats/line-separators.ts'

/** Chunks of the bytes, each of them gone when the next is asked for. */
async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let from = 0, n = 0; from < bytes.length; n++) {
    const chunk = Uint8Array.from(bytes.subarray(from, from + (sizes[n % sizes.length] ?? 1)))
    yield chunk
    from += chunk.length
    chunk.fill(0)
  }
}

async function escapedText(text: string, sizes: readonly number[]): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of withoutLineSeparators(chunksOf(Buffer.from(text), sizes)))
    pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces).toString()
}

// Near misses: characters whose bytes begin or end as those of a separator do.
const CHARACTERS = [
  '\u2028',
  '\u2029',
  '\u0085',
  '\u2027',
  '\u202a',
  '\u0084',
  '\u0086',
  '\u20a8',
  '–',
  '’',
  'Â',
  'â',
  'é',
  '語',
  '😀',
  'a',
  '"',
  '\\',
]
const text = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 40 })
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })

test('a JSON text with escaped line separators has the same value, in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(text, text), sizes, async (value, cuts) => {
      const json = JSON.stringify(value)
      const escaped = await escapedText(json, cuts)
      expect(escaped).not.toMatch(/[\u2028\u2029\u0085]/)
      expect(JSON.parse(escaped)).toEqual(JSON.parse(json))
      const hasNone = !/[\u2028\u2029\u0085]/.test(json)
      if (hasNone) expect(escaped).toBe(json)
    }),
  )
})

test('a chunk without line separators is passed on without a copy', async () => {
  const chunk = Buffer.from('{"name":"Zoë – “Ann”"}\n')
  async function* one(): AsyncGenerator<Uint8Array> {
    yield chunk
  }
  for await (const piece of withoutLineSeparators(one())) expect(piece.buffer).toBe(chunk.buffer)
})
