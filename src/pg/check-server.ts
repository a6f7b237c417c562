import { Failure } from '../domain/failure.ts'
import type { Database } from './database.ts'

const VERSION_MIN = 150_000

/** Fails with `config_invalid` on a server that could not keep the promises: older than 15, or not UTF8. */
export async function checkServer(database: Database): Promise<void> {
  const [row] = await database.query<{ version: string; encoding: string }>(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding`,
  )
  if (Number(row?.version) < VERSION_MIN) {
    throw new Failure(
      'config_invalid',
      `DATABASE_URL: expected PostgreSQL 15 or newer; came: ${row?.version}`,
    )
  }
  if (row?.encoding !== 'UTF8') {
    throw new Failure(
      'config_invalid',
      `DATABASE_URL: expected a database of encoding UTF8; came: ${row?.encoding}`,
    )
  }
}
