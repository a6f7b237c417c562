import assert from 'node:assert'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

export interface Migration {
  /** The database records by this name which steps were applied, so it never changes. */
  readonly name: string
  readonly sql: string
  /** In hex. It is recorded too, so that nobody can edit a released step unnoticed. */
  readonly sha256: string
  /**
   * PostgreSQL runs some statements only outside of transactions, such as `create index concurrently`. Each ends with a
   * semicolon at the end of a line. A kill may interrupt the step, so it must be safe to run it twice.
   */
  readonly isOutside: boolean
}

const FOLDER = new URL('./migrations/', import.meta.url)

/** In the order of their numbers. Tables are in the schema `muster`, so that they collide with none of another program. */
export function readMigrations(): readonly Migration[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'))
  return files.sort().map((file) => {
    const step = migrationOf(readFileSync(new URL(file, FOLDER), 'utf8'))
    assert.equal(step.name.slice(0, 4), file.slice(0, 4), 'a step has the number of its file')
    return step
  })
}

export function migrationOf(text: string): Migration {
  // Git on Windows may write CR LF, which would change the hash.
  const sql = text.replaceAll('\r\n', '\n')
  const [first = '', second] = sql.split('\n')
  return {
    name: first.replace(/^-- /, ''),
    sql,
    sha256: createHash('sha256').update(sql).digest('hex'),
    isOutside: second === '-- outside a transaction',
  }
}
