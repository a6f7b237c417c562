import { randomUUID } from 'node:crypto'
import { Failure } from '../domain/failure.ts'
import type { Database, OwnedSession } from './database.ts'

const MARK = 'muster.pooler_probe'

/**
 * Fails with `config_invalid` if a pooler such as PgBouncer gives each transaction another connection. Snapshots, locks,
 * settings and notices of one session would reach others, so exports would be wrong without an error. `database` has at
 * least two connections.
 */
export async function checkPooler(database: Database): Promise<void> {
  const one = await database.connect()
  try {
    const other = await database.connect()
    try {
      if (await sharesSessions(one, other)) throw sharing()
    } finally {
      other.release(true)
    }
  } finally {
    one.release(true)
  }
}

// In a pooler's transaction mode the session of `one` is free after its statement. So `other` gets this session, or the
// next statement of `one` gets a different session while `other` is in a transaction.
async function sharesSessions(one: OwnedSession, other: OwnedSession): Promise<boolean> {
  const mark = randomUUID()
  await one.query(`select set_config('${MARK}', $1, false)`, [mark])
  await other.query('begin')
  const seenByOther = await marked(other)
  const seenByOne = await marked(one)
  await other.query('rollback')
  return seenByOther === mark || seenByOne !== mark
}

async function marked(session: OwnedSession): Promise<string | null | undefined> {
  const [row] = await session.query<{ mark: string | null }>(
    `select current_setting('${MARK}', true) as mark`,
  )
  return row?.mark
}

function sharing(): Failure {
  return new Failure(
    'config_invalid',
    'DATABASE_URL: expected one session for each connection; came: a pooler that shares sessions between connections. Set its pool_mode to session, or connect to PostgreSQL without it.',
  )
}
