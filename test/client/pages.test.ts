import { expect, test } from 'vitest'
import type { ApiRequest, Client } from '../../src/client/client.ts'
import { entriesOf, firstOf } from '../../src/client/pages.ts'

const ALL = Array.from({ length: 250 }, (_, n) => n)

/** A list of numbers, whose checkpoint is the position of the next one. */
function listed(): { readonly client: Client; readonly asked: ApiRequest['query'][] } {
  const asked: ApiRequest['query'][] = []
  const json = async ({ query = {} }: ApiRequest): Promise<unknown> => {
    asked.push(query)
    const from = Number(query['from'] ?? 0)
    const next = from + Number(query['take'])
    return { numbers: ALL.slice(from, next), ...(next < ALL.length ? { next: String(next) } : {}) }
  }
  return { client: { json } as unknown as Client, asked }
}

test('a list is read to its last page, with its parameters on each page', async () => {
  const { client, asked } = listed()
  expect(await firstOf(entriesOf(client, { path: 'numbers', member: 'numbers', query: { q: 'x' } }))).toEqual(
    ALL,
  )
  expect(asked).toEqual([
    { q: 'x', take: 100, from: undefined },
    { q: 'x', take: 100, from: '100' },
    { q: 'x', take: 100, from: '200' },
  ])
})

test('a list of which only the first entries are wanted asks for no later page', async () => {
  const { client, asked } = listed()
  expect(await firstOf(entriesOf(client, { path: 'numbers', member: 'numbers' }), 100)).toHaveLength(100)
  expect(asked).toHaveLength(1)
})
