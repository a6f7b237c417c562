import assert from 'node:assert'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** A step of the schema, which lies in `migrations/` as a file. */
export interface Migration {
  /** The file's first line: a number, and what the step is for. Recorded where the step has been applied. */
  readonly name: string
  readonly sql: string
  /** Of the file, hex. Recorded too: a step that has been released is never edited, a new one follows it. */
  readonly sha256: string
  /**
   * PostgreSQL runs some statements outside of transactions alone, such as `create index concurrently`. Each ends with
   * a semicolon at the end of a line. A kill may end the step half way: it must bear to be run again.
   */
  readonly isOutside: boolean
}

const FOLDER = new URL('./migrations/', import.meta.url)

/** The schema, step by step. All of it is in the schema `muster`, so that a shared database keeps its own names. */
export function readMigrations(): readonly Migration[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'))
  return files.sort().map((file) => {
    const step = migrationOf(readFileSync(new URL(file, FOLDER), 'utf8'))
    assert.equal(step.name.slice(0, 4), file.slice(0, 4), 'a step has the number of its file')
    return step
  })
}

/** A step from its file: `-- 0011 what it is for`, then perhaps `-- outside a transaction`, then SQL. */
export function migrationOf(text: string): Migration {
  // Git may have put other line ends in.
  const sql = text.replaceAll('\r\n', '\n')
  const [first = '', second] = sql.split('\n')
  return {
    name: first.replace(/^-- /, ''),
    sql,
    sha256: createHash('sha256').update(sql).digest('hex'),
    isOutside: second === '-- outside a transaction',
  }
}
