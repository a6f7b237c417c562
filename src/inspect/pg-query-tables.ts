import type { Database, Session } from '../pg/database.ts'
import { isDenied } from '../pg/failure-of.ts'
import type { NeededTable } from './pg-privileges.ts'

export interface QueryTables {
  readonly tables: readonly NeededTable[]
  /** Whether PostgreSQL refuses the query for lack of privileges. */
  readonly isDenied: boolean
}

interface Name {
  readonly schema: string
  readonly name: string
}

const PREPARED = 'muster_source_check'

/** The tables that a query of the operator names. The query is not run. */
export async function tablesOfQuery(database: Database, sql: string): Promise<QueryTables> {
  const { names, isDenied } = await namesIn(database, sql)
  return { tables: names.map((name) => ({ ...name, columns: null })), isDenied }
}

async function namesIn(database: Database, sql: string) {
  try {
    const names = await database.transaction((session) => lockedBy(session, sql))
    return { names, isDenied: await isRefused(database, sql) }
  } catch (error) {
    if (!isDenied(error)) throw error
    return { names: await closedIn(database, sql), isDenied: true }
  }
}

// PostgreSQL locks each table of a query when it prepares it, and asks for privileges on tables only when it runs it.
async function lockedBy(session: Session, sql: string): Promise<readonly Name[]> {
  await session.query('set transaction read only')
  await session.query(`prepare ${PREPARED} as select * from (${sql}\n) as q`)
  try {
    return await session.query<Name>(LOCKED)
  } finally {
    // A connection pooler may give the session to another client.
    await session.query(`deallocate ${PREPARED}`)
  }
}

// What a view reads is read with the privileges of the view's owner.
const LOCKED = `
  with locked as (
    select c.oid, nspname, relname
    from pg_locks as l join pg_class as c on c.oid = l.relation join pg_namespace as n on n.oid = relnamespace
    where pid = pg_backend_pid() and locktype = 'relation' and relkind in ('r', 'p', 'v', 'm', 'f')
      and l.database = (select oid from pg_database where datname = current_database())
      and nspname not in ('pg_catalog', 'information_schema')
  )
  select nspname::text as schema, relname::text as name from locked
  where not exists (
    select from pg_depend join pg_rewrite on pg_rewrite.oid = objid join locked as viewing on viewing.oid = ev_class
    where classid = 'pg_rewrite'::regclass and refclassid = 'pg_class'::regclass
      and refobjid = locked.oid and ev_class <> locked.oid
  )
  order by 1, 2`

async function isRefused(database: Database, sql: string): Promise<boolean> {
  try {
    await database.query(`explain select * from (${sql}\n) as q`)
    return false
  } catch (error) {
    if (isDenied(error)) return true
    throw error
  }
}

// In a schema that the role may not use, PostgreSQL looks up no table. So the names in the text have to do.
async function closedIn(database: Database, sql: string): Promise<readonly Name[]> {
  const words = sql
    .replaceAll('"', '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}_$.]+/u)
  return database.query<Name>(
    `select nspname::text as schema, relname::text as name
     from pg_class join pg_namespace as n on n.oid = relnamespace
     where not has_schema_privilege(n.oid, 'usage') and relkind in ('r', 'p', 'v', 'm', 'f')
       and lower(nspname || '.' || relname) = any($1)
     order by 1, 2`,
    [words],
  )
}
