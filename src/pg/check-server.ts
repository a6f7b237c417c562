import { Failure } from '../domain/failure.ts'
import type { Database } from './database.ts'

const VERSION_MIN = 150_000

/** Fails with `config_invalid` if the server is too old, or if its encoding cannot hold all texts of users. */
export async function checkServer(database: Database): Promise<void> {
  const [row] = await database.query<{ version: string; encoding: string }>(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding`,
  )
  if (Number(row?.version) < VERSION_MIN) throw unfit('PostgreSQL 15 or newer', row?.version)
  if (row?.encoding !== 'UTF8') throw unfit('a database of encoding UTF8', row?.encoding)
}

function unfit(expected: string, came: string | undefined): Failure {
  return new Failure('config_invalid', `DATABASE_URL: expected ${expected}; came: ${came}`)
}
