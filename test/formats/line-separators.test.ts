import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Lent } from '../../src/domain/lent.ts'
import { withoutLineSeparators } from '../../src/formats/line-separators.ts'
import { lender, readLent } from '../fixtures/lender.ts'

function* chunksOf(bytes: Buffer, sizes: readonly number[]): Generator<Uint8Array> {
  for (let from = 0, n = 0; from < bytes.length; n++) {
    const chunk = bytes.subarray(from, from + (sizes[n % sizes.length] ?? 1))
    yield chunk
    from += chunk.length
  }
}

async function escapedText(text: string, sizes: readonly number[]): Promise<string> {
  const { chunks, releases } = lender(chunksOf(Buffer.from(text), sizes))
  const escaped = await readLent(withoutLineSeparators(chunks))
  expect(releases.every((times) => times === 1)).toBe(true)
  return escaped.toString()
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
  const given: Lent = { bytes: chunk, release: () => undefined }
  async function* one(): AsyncGenerator<Lent> {
    yield given
  }
  for await (const { bytes, release } of withoutLineSeparators(one())) {
    expect(bytes.buffer).toBe(chunk.buffer)
    expect(release).toBe(given.release)
  }
})
