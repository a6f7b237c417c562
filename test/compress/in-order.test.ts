import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOrder } from '../../src/compress/in-order.ts'

const { signal } = new AbortController()

async function* chunks(texts: readonly string[], onEnd?: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (const text of texts) {
      await Promise.resolve()
      yield Buffer.from(text)
    }
  } finally {
    onEnd?.()
  }
}

async function gathered(source: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of source) text += Buffer.from(chunk).toString()
  return text
}

test('sources that are read at once come out one after the other, whole', async () => {
  const source = fc.array(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(source, { maxLength: 8 }),
      fc.integer({ min: 1, max: 4 }),
      async (sources, ahead) => {
        const out = inOrder(sources, chunks, { ahead, chunksMax: 2, signal })
        expect(await gathered(out)).toBe(Buffer.from(sources.flat().join('')).toString())
      },
    ),
  )
})

test('P3 no more sources are open at once than allowed, and none is read far ahead of its turn', async () => {
  let open = 0
  let openMost = 0
  let read = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    openMost = Math.max(openMost, ++open)
    try {
      for (let count = 0; count < 50; count++) {
        read++
        yield Buffer.from('x')
      }
    } finally {
      open--
    }
  }
  const out = inOrder(Array<typeof endless>(6).fill(endless), (source) => source(), {
    ahead: 3,
    chunksMax: 4,
    signal,
  })
  await out.next()
  await new Promise((resolve) => setImmediate(resolve))
  expect(read).toBeLessThan(3 * 8)
  expect(await gathered(out)).toHaveLength(6 * 50 - 1)
  expect(openMost).toBeLessThanOrEqual(3)
})

test('a failed source is reported in its turn and ends the others', async () => {
  const ended: string[] = []
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('b')
    throw new Error('broken')
  }
  const out = inOrder(
    [() => chunks(['a']), failing, () => chunks(Array(99).fill('c'), () => ended.push('c'))],
    (source) => source(),
    {
      ahead: 3,
      chunksMax: 2,
      signal,
    },
  )
  await expect(gathered(out)).rejects.toThrow('broken')
  await new Promise((resolve) => setImmediate(resolve))
  expect(ended).toEqual(['c'])
})
