import type { Client } from '../client/client.ts'
import { Failure } from '../domain/failure.ts'
import { allConnections, type Connection } from './connections.ts'

export interface CopiedConnection {
  readonly from: Connection
  readonly users: number
  /** Undefined if the target has no connection for the users. */
  readonly to?: Connection
  /** Before the copy. Undefined if the name differs, because copied identities keep the name of the source. */
  readonly usersThere?: number
  /** Undefined if the users can be copied. With one problem in the plan nothing is copied. */
  readonly problem?: string
}

interface Ends {
  readonly source: Client
  readonly target: Client
  readonly signal: AbortSignal
}

/** Without names it plans all connections that have users. Fails with `usage_invalid` for an unknown name. */
export async function planCopy(
  names: readonly string[] | undefined,
  ends: Ends,
): Promise<readonly CopiedConnection[]> {
  const { source, target, signal } = ends
  const here = await allConnections(source, signal)
  const there = await allConnections(target, signal)
  const wanted =
    names?.map((name) => pairNamed(name, here)) ?? here.map((from) => ({ from, name: from.name }))
  const plan: CopiedConnection[] = []
  for (const { from, name } of wanted) {
    const users = await usersOf(from, source, signal)
    if (users === 0 && names === undefined) continue
    plan.push(await planned({ from, users, to: there.find((one) => one.name === name) }, name, ends))
  }
  return plan
}

function pairNamed(text: string, here: readonly Connection[]): { from: Connection; name: string } {
  const [first = '', second = first] = text.split('=')
  const from = here.find(({ name }) => name === first)
  if (from !== undefined) return { from, name: second }
  throw new Failure(
    'usage_invalid',
    `There is no connection ${first} to copy from. The server has: ${here.map(({ name }) => name).join(', ')}`,
  )
}

async function planned(
  { from, users, to }: { from: Connection; users: number; to: Connection | undefined },
  name: string,
  { target, signal }: Ends,
): Promise<CopiedConnection> {
  if (to === undefined)
    return {
      from,
      users,
      problem: `There is no connection ${name}. Create it there, or name another one with --connection ${from.name}=OTHER.`,
    }
  if (target.target.kind === 'auth0' && to.strategy !== 'auth0')
    return { from, users, to, problem: 'Auth0 imports users into database connections only.' }
  if (to.name !== from.name) return { from, users, to }
  return { from, users, to, usersThere: await usersOf(to, target, signal) }
}

/** Counted by a search, because neither server has another count of the users of a connection. */
export async function usersOf({ name }: Connection, client: Client, signal: AbortSignal): Promise<number> {
  const { total } = await client.json<{ readonly total: number }>({
    path: 'users',
    query: { q: `identities.connection:"${name}"`, search_engine: 'v3', per_page: 1, include_totals: true },
    signal,
  })
  return total
}
