import { Failure } from '../domain/failure.ts'
import { untilAborted } from '../domain/until-aborted.ts'
import { type CopyWay, lendingWay, plainWay } from './copy-way.ts'
import type { Database, OwnedSession } from './database.ts'

const TRY_SECONDS = 5
const LINE = 'a user as any other,'
// More lines than a socket gives at once, so that a chunk that is overwritten too early is noticed.
const LINES = 20_000
const ROWS = 4

export interface Tried {
  readonly database: Database
  readonly copyWay: CopyWay
}

/**
 * Another release of `pg` or Node may break the lending way. So a COPY is tried: if it fails, `onPlain` gets the
 * reason, and the database is opened by the plain way.
 */
export async function openTried(
  open: (way: CopyWay) => Database,
  onPlain: (reason: unknown) => void,
  copyWay = lendingWay,
): Promise<Tried> {
  const database = open(copyWay)
  try {
    await tryCopy(database, AbortSignal.timeout(TRY_SECONDS * 1000))
    return { database, copyWay }
  } catch (error) {
    onPlain(error)
    await database.stop()
    return { database: open(plainWay), copyWay: plainWay }
  }
}

async function tryCopy(database: Database, signal: AbortSignal): Promise<void> {
  const session = await database.until(signal).connect()
  try {
    await untilAborted(
      () => copied(session),
      signal,
      () => undefined,
    )
    // After a COPY, the connection must still work for other statements.
    await session.query('select 1')
    session.release()
  } catch (error) {
    session.release(true)
    throw error
  }
}

async function copied(session: OwnedSession): Promise<void> {
  const rows = `select repeat('${LINE}', ${LINES / ROWS}), 1::bigint from generate_series(1, ${ROWS})`
  const copy = session.copyOut(rows)
  const pieces: Uint8Array[] = []
  for await (const { bytes, release } of copy.chunks) {
    pieces.push(Buffer.from(bytes))
    release()
  }
  if (copy.total() !== ROWS || Buffer.concat(pieces).toString() !== LINE.repeat(LINES))
    throw new Failure('internal', 'A COPY gave other texts than those that were asked for.')
}
