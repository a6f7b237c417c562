import type { ApiRequest, Client } from './client.ts'

interface Paging {
  readonly path: string
  /** The member of a page that holds its entries. */
  readonly member: string
  readonly query?: ApiRequest['query']
  readonly signal?: AbortSignal | undefined
}

// The most that Auth0 and Muster give.
const TAKE = 100

/** Reads page by page. By checkpoints, because pages by number end after 1,000 entries. */
export async function* entriesOf<T>(
  client: Client,
  { path, member, query, signal }: Paging,
): AsyncGenerator<T> {
  let from: string | undefined
  do {
    const page = await client.json<Readonly<Record<string, unknown>>>({
      path,
      query: { ...query, take: TAKE, from },
      signal,
    })
    yield* page[member] as readonly T[]
    from = page['next'] as string | undefined
  } while (from !== undefined)
}

/** Stops after `countMax` entries, so that no further page is fetched. */
export async function firstOf<T>(entries: AsyncIterable<T>, countMax = Infinity): Promise<readonly T[]> {
  const first: T[] = []
  if (countMax === 0) return first
  for await (const entry of entries) {
    first.push(entry)
    if (first.length === countMax) break
  }
  return first
}
