import { type Connection, DATABASE_STRATEGY } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Source, SourceState } from '../relations/source.ts'
import type { ConnectionStore } from './connection-store.ts'

/** The stored connections and those of the sources, which come last. No client can change or remove a source's. */
export function withSourceConnections(store: ConnectionStore, sources: readonly Source[]): ConnectionStore {
  const find = async (is: (source: Source) => boolean): Promise<Connection | undefined> => {
    const source = sources.find(is)
    return source === undefined ? undefined : connectionOf(source)
  }
  const isOf = (id: string) => (source: Source) => source.connectionId === id
  const refuse = (id: string): void => {
    if (sources.some(isOf(id))) throw readOnly()
  }
  return {
    list: async () => [...(await store.list()), ...(await Promise.all(sources.map(connectionOf)))],
    find: async (id) => (await find(isOf(id))) ?? store.find(id),
    findByName: async (name) => (await find((source) => source.name === name)) ?? store.findByName(name),
    add: async (connection) => !sources.some(({ name }) => name === connection.name) && store.add(connection),
    setOptions: async (id, options) => {
      refuse(id)
      return store.setOptions(id, options)
    },
    remove: async (id) => {
      refuse(id)
      return store.remove(id)
    },
  }
}

/** Fails with `operation_unsupported` if the users of the connection live in a source. */
export function writable(connection: Connection): Connection {
  if (connection.isSource === true) throw readOnly()
  return connection
}

export function readOnly(): Failure {
  return new Failure(
    'operation_unsupported',
    'The users of this connection live in the tables of another product. Muster only reads them: change them there.',
  )
}

async function connectionOf(source: Source): Promise<Connection> {
  return {
    id: source.connectionId,
    name: source.name,
    strategy: DATABASE_STRATEGY,
    options: { enabledDatabaseCustomization: true, source: shown(await source.state()) },
    isSource: true,
  }
}

// No URL, host or role: clients need to know only what is read.
function shown(state: SourceState): JsonObject {
  if (state.kind !== 'reachable') return { state: state.kind, problem: state.problem }
  const { preset, asked } = state.found
  return { state: state.kind, preset, ...asked }
}
