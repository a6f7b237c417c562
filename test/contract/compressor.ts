import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Compressor, Part } from '../../src/encode/compressor.ts'

/** A part whose chunks are lent: gone when the next is asked for. */
export function partOf(chunks: readonly Uint8Array[], onEnd?: () => void): Part {
  return async function* () {
    try {
      for (const chunk of chunks) {
        const lent = Uint8Array.from(chunk)
        await Promise.resolve()
        yield lent
        lent.fill(0)
      }
    } finally {
      onEnd?.()
    }
  }
}

export async function packed(compress: Compressor, parts: Iterable<Part>, partsAhead = 2): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const { bytes, release } of compress(parts, partsAhead)) {
    pieces.push(Buffer.from(bytes))
    release()
  }
  return Buffer.concat(pieces)
}

/** What any compressor must do. */
export function compressorContract(compress: Compressor, runs: number): void {
  test('parts of any chunks unpack to exactly their lines, one part after the other', async () => {
    const part = fc.array(fc.uint8Array({ minLength: 1, maxLength: 500 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (parts, ahead) => {
          // Twice, and at once: what is used again is nobody else's meanwhile.
          const files = await Promise.all(
            [1, 2].map(() =>
              packed(
                compress,
                parts.map((each) => partOf(each)),
                ahead,
              ),
            ),
          )
          for (const file of files) expect(gunzipSync(file).equals(Buffer.concat(parts.flat()))).toBe(true)
        },
      ),
      { numRuns: runs },
    )
  })

  test('lines longer than any block, as compressible as they come', async () => {
    const line = Buffer.alloc(300_000, 'a user as any other, ')
    const file = await packed(compress, [partOf([line, line]), partOf([line])])
    expect(gunzipSync(file).equals(Buffer.concat([line, line, line]))).toBe(true)
  })

  test('the same lines make the same file, and no lines a file of nothing', async () => {
    const parts = [partOf([Buffer.from('a line\n')])]
    expect(await packed(compress, parts)).toEqual(await packed(compress, parts))
    for (const nothing of [[], [partOf([])]])
      expect(gunzipSync(await packed(compress, nothing))).toHaveLength(0)
  })

  test('the failure of a part ends the file with it, and ends the other parts', async () => {
    const failing: Part = async function* () {
      yield Buffer.from('b')
      throw new Error('broken')
    }
    const long = endless()
    await expect(packed(compress, [partOf([Buffer.from('a')]), failing, long.part], 3)).rejects.toThrow(
      'broken',
    )
    await long.ended
  })

  test('who leaves early ends the parts', async () => {
    const parts = [endless(), endless(), endless()]
    for await (const { release } of compress(
      parts.map(({ part }) => part),
      2,
    )) {
      release()
      break
    }
    await Promise.all(parts.slice(0, 2).map(({ ended }) => ended))
  })
}

function endless(): { part: Part; ended: Promise<void> } {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const part: Part = async function* () {
    try {
      for (let n = 0; ; n++) yield Buffer.from(`${n} ${Math.sin(n)}\n`.repeat(9))
    } finally {
      end()
    }
  }
  return { part, ended }
}
