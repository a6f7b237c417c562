import { expect, test } from 'vitest'
import { ahead } from '../../src/flow/ahead.ts'

interface Source {
  readonly items: AsyncGenerator<number>
  readonly made: number[]
  isClosed: boolean
}

function newSource(count: number, failAt = Number.POSITIVE_INFINITY): Source {
  const source: Source = { items: make(), made: [], isClosed: false }
  async function* make(): AsyncGenerator<number> {
    try {
      for (let n = 0; n < count; n++) {
        if (n === failAt) throw new Error(`broken at ${n}`)
        source.made.push(n)
        yield n
      }
    } finally {
      source.isClosed = true
    }
  }
  return source
}

const turn = () => new Promise(setImmediate)

test('exactly one item is made while the previous item is used', async () => {
  const source = newSource(5)
  for await (const item of ahead(source.items)) {
    await turn()
    expect(source.made).toEqual(Array.from({ length: Math.min(item + 2, 5) }, (_, n) => n))
  }
  expect(source.isClosed).toBe(true)
})

test('an error of the source comes after the earlier items', async () => {
  const used: number[] = []
  const using = (async () => {
    for await (const item of ahead(newSource(5, 2).items)) {
      await turn()
      used.push(item)
    }
  })()
  await expect(using).rejects.toThrow('broken at 2')
  expect(used).toEqual([0, 1])
})

test('a consumer that leaves early closes the source and gets no error of the source', async () => {
  for (const failAt of [1, 9]) {
    const source = newSource(5, failAt)
    for await (const _ of ahead(source.items)) break
    expect(source.isClosed).toBe(true)
    expect(source.made.length).toBeLessThanOrEqual(2)
  }
})
