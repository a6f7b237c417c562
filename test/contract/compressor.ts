import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Compressor, Input } from '../../src/compress/compressor.ts'
import { owned } from '../../src/domain/lent.ts'
import { heldBufferBytes } from '../fixtures/collect-garbage.ts'
import { gzipReaders } from '../fixtures/gzip-readers.ts'
import { lender } from '../fixtures/lender.ts'

export function inputOf(chunks: readonly Uint8Array[]): Input {
  return () => lender(chunks).chunks
}

const NEVER = new AbortController().signal

export async function packed(
  compress: Compressor,
  inputs: Iterable<Input>,
  inputsAhead = 2,
): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const { bytes, release } of compress(inputs, inputsAhead, NEVER)) {
    // Whoever takes its time finds what it was lent as it was.
    await setImmediate()
    pieces.push(Buffer.from(bytes))
    bytes.fill(0x3f)
    release()
  }
  return Buffer.concat(pieces)
}

/** What any compressor must do, with inputs of so many bytes that it has to use its memory again. */
export function compressorContract(compress: Compressor, runs: number, inputBytes: number): void {
  test('inputs of any chunks unpack to exactly their lines, one input after the other', async () => {
    const input = fc.array(fc.uint8Array({ minLength: 1, maxLength: 500 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(input, { maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        async (inputs, ahead) => {
          // Twice, and at once: memory that is reused belongs to one file at a time.
          const files = await Promise.all(
            [1, 2].map(() =>
              packed(
                compress,
                inputs.map((each) => inputOf(each)),
                ahead,
              ),
            ),
          )
          for (const file of files) expect(gunzipSync(file).equals(Buffer.concat(inputs.flat()))).toBe(true)
        },
      ),
      { numRuns: runs },
    )
  })

  test('each chunk of an input is released once, before the next is asked for', async () => {
    const { chunks, releases } = lender(Array.from({ length: 20 }, (_, n) => noise(`chunk ${n}`, 1000)))
    await packed(compress, [() => chunks])
    expect(releases).toEqual(Array(20).fill(1))
  })

  test('lines longer than a block unpack as they were, even if they compress extremely well', async () => {
    const line = Buffer.alloc(300_000, 'a user as any other, ')
    const file = await packed(compress, [inputOf([line, line]), inputOf([line])])
    expect(gunzipSync(file).equals(Buffer.concat([line, line, line]))).toBe(true)
  })

  test('large incompressible inputs unpack as they were', async () => {
    const inputs = [1, 2, 3].map((input) =>
      Array.from({ length: 20 }, (_, n) => noise(`${input} ${n}`, inputBytes / 20)),
    )
    const file = await packed(
      compress,
      inputs.map((each) => inputOf(each)),
    )
    expect(gunzipSync(file).equals(Buffer.concat(inputs.flat()))).toBe(true)
  })

  // Many readers read the first member of a file and report nothing of the others.
  describe('a file of many blocks and inputs', () => {
    const lines = (input: number): Buffer =>
      Buffer.from(
        Array.from({ length: 2000 }, (_, n) => `${input},${n},ann.${n * 7919}@example.com\n`).join(''),
      )
    const inputs = [1, 2, 3].map((input) => [noise(`member ${input}`, inputBytes / 10), lines(input)])
    const file = packed(
      compress,
      inputs.map((each) => inputOf(each)),
    )
    test.each(gzipReaders())(
      'P17 a file of many blocks and inputs is one member that $name reads whole',
      async ({ read }) => {
        expect((await read(await file)).equals(Buffer.concat(inputs.flat()))).toBe(true)
      },
    )
    test.each(gzipReaders())(
      'an empty file or input is still one member that $name reads whole',
      async ({ read }) => {
        expect(await read(await packed(compress, []))).toHaveLength(0)
      },
    )
  })

  test('files made one after the other keep no memory of each other', async () => {
    const line = Buffer.from('a line of a small file')
    const make = async (files: number) => {
      for (let file = 0; file < files; file++) await packed(compress, [inputOf([line])])
    }
    await make(10)
    const held = await heldBufferBytes()
    await make(40)
    // A pipe's buffer alone has 128 KiB.
    expect((await heldBufferBytes()) - held).toBeLessThan(1024 * 1024)
  })

  test('the same lines make the same file, and no lines make a file of nothing', async () => {
    const inputs = [inputOf([Buffer.from('a line\n')])]
    expect(await packed(compress, inputs)).toEqual(await packed(compress, inputs))
    for (const nothing of [[], [inputOf([])]])
      expect(gunzipSync(await packed(compress, nothing))).toHaveLength(0)
  })

  test('a failed input fails the file with its error and ends the other inputs', async () => {
    const failing: Input = async function* () {
      yield owned(Buffer.from('b'))
      throw new Error('broken')
    }
    const long = endless()
    await expect(packed(compress, [inputOf([Buffer.from('a')]), failing, long.input], 3)).rejects.toThrow(
      'broken',
    )
    await long.ended
  })

  test('a reader that leaves early ends the inputs', async () => {
    const inputs = [endless(), endless(), endless()]
    const file = compress(
      inputs.map(({ input }) => input),
      2,
      NEVER,
    )
    for await (const { release } of file) {
      release()
      break
    }
    await Promise.all(inputs.slice(0, 2).map(({ ended }) => ended))
  })

  test('a reader that leaves early does not wait for an input that waits', async () => {
    for await (const _bytes of compress([standstill(3_000_000).input], 1, NEVER)) break
  })

  test('an abort fails the file at once with its reason, even while inputs wait', async () => {
    const stop = new AbortController()
    const { input, isWaiting } = standstill(0)
    const reading = (async () => {
      for await (const { release } of compress([input, endless().input], 2, stop.signal)) release()
    })()
    await isWaiting
    stop.abort(new Error('no longer wanted'))
    await expect(reading).rejects.toThrow('no longer wanted')
    await expect(packedUnder(stop.signal)).rejects.toThrow('no longer wanted')
  })

  async function packedUnder(signal: AbortSignal): Promise<void> {
    for await (const { release } of compress([inputOf([Buffer.from('a')])], 1, signal)) release()
  }
}

/** Bytes that look like chance, the same for the same seed. */
function noise(seed: string, bytes: number): Uint8Array {
  return createHash('shake256', { outputLength: bytes }).update(seed).digest()
}

/** An input that gives some bytes, and then waits for something that never comes. */
export function standstill(bytes: number): { input: Input; isWaiting: Promise<void> } {
  let tell = (): void => undefined
  const isWaiting = new Promise<void>((resolve) => {
    tell = resolve
  })
  const input: Input = async function* () {
    yield owned(noise('before', bytes))
    tell()
    await new Promise(() => undefined)
  }
  return { input, isWaiting }
}

function endless(): { input: Input; ended: Promise<void> } {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const input: Input = async function* () {
    try {
      for (let n = 0; ; n++) yield owned(Buffer.from(`${n} ${Math.sin(n)}\n`.repeat(9)))
    } finally {
      end()
    }
  }
  return { input, ended }
}
