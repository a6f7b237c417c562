import { describe, expect, onTestFinished } from 'vitest'
import { type CopyWay, lendingWay, plainWay } from '../../src/pg/copy-way.ts'
import { openDatabase } from '../../src/pg/database.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgRowSource } from '../../src/rows/pg-row-source.ts'
import { type OpenRowSource, rowSourceContract } from '../contract/row-source.ts'
import { tickingClock } from '../fixtures/clock.ts'
import { ENGINES, type Engine, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('row source on $name', (engine) => {
  rowSourceContract(() => open(engine, lendingWay))
})

describe.each(ENGINES)('row source on $name, read by pg-copy-streams', (engine) => {
  rowSourceContract(() => open(engine, plainWay))
})

async function open(engine: Engine, copyWay: CopyWay): Promise<OpenRowSource> {
  const { database, connectionOptions, stop } = await withDatabase(engine, copyWay)
  const { openSnapshot } = database
  await database.query(
    `insert into muster.connections (id, name, strategy, options) values ('con', 'Users', 'auth0', '{}')`,
  )
  return {
    rows: pgRowSource(database, tickingClock, {
      relation: musterUsers,
      parallel: 2,
      usersPerRange: 2,
      openSnapshot,
    }),
    setUsers: async (ids) => {
      await database.query('delete from muster.users')
      await database.query(
        `insert into muster.users (connection_id, user_id, identities, created_at, updated_at)
         select 'con', id, '[]', now(), now() from unnest($1::text[]) with ordinality as given (id, place) order by place`,
        [ids],
      )
    },
    ...(engine.name === 'embedded' ? heldBySession(database) : heldByLock(connectionOptions, database)),
    stop,
  }
}

type Holding = Pick<OpenRowSource, 'holdUp' | 'isIdle'>
type TestDatabase = Awaited<ReturnType<typeof withDatabase>>

/** The embedded engine's one session is in other hands: so all that an opening can wait for is that. */
function heldBySession(database: TestDatabase['database']): Holding {
  let giveBack = (): void => undefined
  return {
    holdUp: async () => {
      const session = await database.connect()
      giveBack = () => {
        session.release()
        giveBack = () => undefined
      }
      onTestFinished(() => giveBack())
    },
    isIdle: async () => {
      giveBack()
      expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    },
  }
}

/** Another client has locked the table of users. */
function heldByLock(options: TestDatabase['connectionOptions'], database: TestDatabase['database']): Holding {
  const busy = `select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and (wait_event_type = 'Lock' or state = 'active')`
  return {
    holdUp: async () => {
      const other = openDatabase(options)
      const session = await other.connect()
      await session.query('begin; lock table muster.users')
      onTestFinished(async () => {
        session.release(true)
        await other.stop()
      })
    },
    isIdle: async () => {
      // The server looks for its clients once a second.
      await expect.poll(async () => (await database.query(busy)).length, { timeout: 5000 }).toBe(0)
    },
  }
}
