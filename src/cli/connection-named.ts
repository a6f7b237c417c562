import { Failure } from '../domain/failure.ts'
import type { Connection } from './connections.ts'

/** Without a name it takes the only connection. Fails with `usage_invalid`. */
export function connectionNamed(connections: readonly Connection[], name: string | undefined): Connection {
  const [only, ...others] = connections
  if (name === undefined && only !== undefined && others.length === 0) return only
  const found = connections.find((one) => one.name === name) ?? connections.find(({ id }) => id === name)
  if (found !== undefined) return found
  const what =
    name !== undefined
      ? `There is no connection ${name}.`
      : only === undefined
        ? 'There is no connection. Create one with POST /api/v2/connections.'
        : 'There are several connections. Give one with --connection.'
  throw new Failure('usage_invalid', `${what} The server has: ${namesOf(connections)}`)
}

function namesOf(connections: readonly Connection[]): string {
  const names = connections.map(({ name }) => name)
  return names.length === 0 ? 'none' : names.join(', ')
}
