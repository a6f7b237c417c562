import { randomBytes } from 'node:crypto'
import type { Connection } from '../domain/connection.ts'
import type { Database, Session } from '../pg/database.ts'
import { findHolders } from './pg-find-holders.ts'
import {
  type Freed,
  type Holder,
  type Holders,
  outcomeOf,
  type SortedBatch,
  sortBatch,
  UNIQUE,
  uniqueValue,
} from './sort-batch.ts'
import type { BatchOutcome, Conflict, DryRun, ImportedUser, Upserting } from './user-store.ts'

/**
 * Claims say what the import would have changed so far, since later batches are checked against that. A claim is a
 * value that a user would get, a value that an updated user would lose (`freed`), or the key of an updated user.
 */
type Claim = readonly [kind: Conflict | 'key' | FreedKind, value: string]

type FreedKind = `freed ${Conflict}`

/**
 * Claims are in a temporary table, so that a dry run of any size takes little memory. PostgreSQL removes the table with
 * the session if the process dies.
 */
export async function openDryRun(
  database: Database,
  connection: Connection,
  upserting: Upserting,
): Promise<DryRun> {
  const session = await database.keep()
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
    check: (users) => check(session, { users, connection, upserting, table }),
    close: () =>
      session.query(`drop table ${table}`).then(
        () => session.release(),
        () => session.release(true),
      ),
  }
}

interface Check {
  readonly users: readonly ImportedUser[]
  readonly connection: Connection
  readonly upserting: Upserting
  readonly table: string
}

async function check(
  session: Session,
  { users, connection, upserting, table }: Check,
): Promise<BatchOutcome> {
  const connectionId = connection.id
  const isUpdating = upserting.upsert !== 'no'
  const holders = await findHolders(session, { users, connectionId, isUpdating, kinds: UNIQUE })
  await addClaimed(session, { table, users, holders, isMoving: isUpdating && upserting.preserve === true })
  const sorted = sortBatch(users, { ...upserting, connectionId }, holders)
  await claim(session, table, sorted, upserting.preserve === true)
  return outcomeOf(sorted)
}

interface Claiming {
  readonly table: string
  readonly users: readonly ImportedUser[]
  readonly holders: Holders
  readonly isMoving: boolean
}

async function addClaimed(session: Session, { table, users, holders, isMoving }: Claiming): Promise<void> {
  const byKey = new Map<string, Holder>()
  for (const kind of [...UNIQUE, 'addresses'] as const)
    for (const holder of holders[kind].values()) byKey.set(String(holder.key), holder)
  const values = users.flatMap(claimsOf)
  const wanted: readonly Claim[] = [
    ...values,
    ...(isMoving ? values.map(freedClaim) : []),
    ...[...byKey.keys()].map((key) => ['key', key] as const),
  ]
  const rows = await session.query<{ kind: Claim[0]; value: string }>(
    `select claimed.kind, claimed.value from json_array_elements($1::json) as given (claim)
     cross join lateral (
       select kind, value from ${table} where kind = claim ->> 0 and value = claim ->> 1 offset 0
     ) claimed`,
    [JSON.stringify(wanted)],
  )
  for (const { kind, value } of rows) {
    const holder = kind === 'key' ? byKey.get(value) : undefined
    if (holder !== undefined) holder.isOfImport = true
  }
  // Freed values first, because a later user of the file may have taken one of them.
  for (const kind of UNIQUE)
    for (const row of rows) if (row.kind === `freed ${kind}`) holders[kind].delete(row.value)
  for (const kind of UNIQUE)
    for (const row of rows) if (row.kind === kind) holders[kind].set(row.value, { isOfImport: true })
}

async function claim(
  session: Session,
  table: string,
  { fresh, known, freed }: SortedBatch,
  preserve: boolean,
): Promise<void> {
  const claims: readonly Claim[] = [
    ...fresh.flatMap(({ user }) => claimsOf(user)),
    // Without `preserve` an update changes no unique values.
    ...known.flatMap(({ user, key }): readonly Claim[] => [
      ['key', String(key)],
      ...(preserve ? claimsOf(user).filter(([kind]) => kind !== 'user_id') : []),
    ]),
    ...freed.map(freedClaim),
  ]
  await session.query(
    `insert into ${table} (kind, value)
     select claim ->> 0, claim ->> 1 from json_array_elements($1::json) as given (claim) on conflict do nothing`,
    [JSON.stringify(claims)],
  )
}

function freedClaim([kind, value]: Freed): Claim {
  return [`freed ${kind}`, value]
}

function claimsOf(user: ImportedUser): readonly Freed[] {
  return UNIQUE.flatMap((kind) => {
    const value = uniqueValue(user, kind)
    return value === undefined ? [] : [[kind, value] as const]
  })
}
