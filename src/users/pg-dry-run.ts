import { randomBytes } from 'node:crypto'
import type { Connection } from '../domain/connection.ts'
import type { Upsert } from '../domain/import-request.ts'
import type { Database, OwnedSession, Session } from '../pg/database.ts'
import { findHolders } from './pg-find-holders.ts'
import { type Holder, type Holders, type SortedBatch, sortBatch, UNIQUE, uniqueValue } from './sort-batch.ts'
import type { BatchOutcome, Conflict, DryRun, ImportedUser } from './user-store.ts'

/** What the import would have made its own: a value that it gave to a user, or the key of one it updated. */
type Claim = readonly [kind: Conflict | 'key', value: string]

/**
 * An import that only looks. What it would have stored is remembered in a temporary table, which PostgreSQL
 * keeps on its disk, and takes away with the connection if the process dies. The embedded engine's one session
 * cannot be held: there the table is the pool's, and goes when the dry run or the engine ends.
 */
export async function openDryRun(
  database: Database,
  connection: Connection,
  upsert: Upsert,
): Promise<DryRun> {
  const session = database.oneSession ? shared(database) : await database.connect()
  const table = `muster_dry_run_${randomBytes(8).toString('hex')}`
  try {
    await session.query(
      `create temporary table ${table} (kind text, value text collate "C", primary key (kind, value))`,
    )
  } catch (error) {
    session.release(true)
    throw error
  }
  return {
    check: (users) => check(session, { users, connection, upsert, table }),
    close: () =>
      session.query(`drop table ${table}`).then(
        () => session.release(),
        () => session.release(true),
      ),
  }
}

function shared(database: Database): Session & Pick<OwnedSession, 'release'> {
  return { query: database.query, release: () => undefined }
}

interface Check {
  readonly users: readonly ImportedUser[]
  readonly connection: Connection
  readonly upsert: Upsert
  readonly table: string
}

async function check(session: Session, { users, connection, upsert, table }: Check): Promise<BatchOutcome> {
  const holders = await findHolders(session, { users, connectionId: connection.id, kinds: UNIQUE })
  await addClaimed(session, table, users, holders)
  const sorted = sortBatch(users, upsert, holders)
  await claim(session, table, sorted)
  return { inserted: sorted.fresh.length, updated: sorted.known.length, refused: sorted.refused }
}

async function addClaimed(
  session: Session,
  table: string,
  users: readonly ImportedUser[],
  holders: Holders,
): Promise<void> {
  const byKey = new Map<string, Holder>()
  for (const kind of [...UNIQUE, 'addresses'] as const)
    for (const holder of holders[kind].values()) byKey.set(String(holder.key), holder)
  const wanted = [...users.flatMap(claimsOf), ...[...byKey.keys()].map((key) => ['key', key] as const)]
  const rows = await session.query<{ kind: Conflict | 'key'; value: string }>(
    `select claimed.kind, claimed.value from json_array_elements($1::json) as given (claim)
     cross join lateral (
       select kind, value from ${table} where kind = claim ->> 0 and value = claim ->> 1 offset 0
     ) claimed`,
    [JSON.stringify(wanted)],
  )
  for (const { kind, value } of rows) {
    if (kind !== 'key') holders[kind].set(value, { isOfImport: true })
    else {
      const holder = byKey.get(value)
      if (holder !== undefined) holder.isOfImport = true
    }
  }
}

async function claim(session: Session, table: string, { fresh, known }: SortedBatch): Promise<void> {
  const claims: readonly Claim[] = [
    ...fresh.flatMap(({ user }) => claimsOf(user)),
    ...known.map(({ key }) => ['key', String(key)] as const),
  ]
  await session.query(
    `insert into ${table} (kind, value)
     select claim ->> 0, claim ->> 1 from json_array_elements($1::json) as given (claim) on conflict do nothing`,
    [JSON.stringify(claims)],
  )
}

function claimsOf(user: ImportedUser): readonly Claim[] {
  return UNIQUE.flatMap((kind) => {
    const value = uniqueValue(user, kind)
    return value === undefined ? [] : [[kind, value] as const]
  })
}
