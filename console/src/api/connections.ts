import { useQuery } from '@tanstack/react-query'
import { type Connection, dataOf } from './client.ts'
import { useApi, useMay } from './session.tsx'

const PAGE = 100
// A person cannot choose among more, and each page is a request.
const PAGES_MAX = 20

export type ListedConnection = Pick<Connection, 'id' | 'name' | 'strategy' | 'options'>

/** A connection whose users live in another database (docs/sources.md). */
export interface SourceState {
  readonly state: 'reachable' | 'unavailable' | 'unusable'
  /** Why it is not reachable. */
  readonly problem?: string
}

/** Undefined for a connection whose users are Muster's own. */
export function sourceOf({ options }: Pick<Connection, 'options'>): SourceState | undefined {
  return (options as { readonly source?: SourceState }).source
}

/** Those that users can be imported into: Muster only reads the users of a source. */
export function writableAmong(connections: readonly ListedConnection[]): readonly ListedConnection[] {
  return connections.filter((connection) => sourceOf(connection) === undefined)
}

/** All connections, in the order of the server. Without the scope the query stays disabled. */
export function useConnections() {
  const api = useApi()
  const may = useMay('read:connections')
  return useQuery({
    queryKey: ['connections'],
    enabled: may,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<readonly ListedConnection[]> => {
      const found: ListedConnection[] = []
      let from: string | undefined
      for (let page = 0; page < PAGES_MAX; page++) {
        const query = {
          take: PAGE,
          fields: 'id,name,strategy,options',
          ...(from === undefined ? {} : { from }),
        }
        const asked = api.GET('/api/v2/connections', { params: { query }, signal })
        const { connections, next } = (await dataOf(asked)) as {
          readonly connections: readonly ListedConnection[]
          readonly next?: string
        }
        found.push(...connections)
        if (next === undefined) break
        from = next
      }
      return found
    },
  })
}
