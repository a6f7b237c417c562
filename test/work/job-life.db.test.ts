import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobStore } from '../../src/jobs/job-store.ts'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import { openDiskObjectStore } from '../../src/objects/disk-object-store.ts'
import type { ObjectStore } from '../../src/objects/object-store.ts'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { pgReceiptChain } from '../../src/receipts/pg-receipt-chain.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { anyCommands, expectNothingLeft, moodyStore, newJobModel } from '../fixtures/job-model.ts'
import { assertProperty, PROPERTY_TEST_MS_MAX } from '../fixtures/property-runs.ts'

const PROCESSES = 4
const RUNS = 40

describe.each(ENGINES)('the life of a job on $name', (engine) => {
  let test1: TestDatabase
  let pools: readonly Database[]
  let folder: string
  let disk: ObjectStore
  beforeAll(async () => {
    test1 = await withDatabase(engine)
    // The embedded engine has one session, and so one process.
    pools =
      engine.name === 'embedded'
        ? [test1.database]
        : Array.from({ length: PROCESSES }, () =>
            openDatabase({ ...test1.connectionOptions, connectionsMax: 1 }),
          )
    folder = await mkdtemp(join(tmpdir(), 'muster-life-'))
    disk = await openDiskObjectStore(folder)
  })
  afterAll(async () => {
    if (engine.name !== 'embedded') for (const pool of pools) await pool.stop()
    await test1.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('P4 P5 P7 P22 P24 jobs follow their table in any order of events, and nothing stays of them', {
    timeout: PROPERTY_TEST_MS_MAX,
  }, async () => {
    const life = fc.asyncProperty(anyCommands, async (commands) => {
      const clock = fixedClock('2026-01-01T00:00:00Z')
      await test1.database.query('truncate muster.receipts, muster.receipt_chains, muster.jobs cascade')
      await disk.removeAll('jobs/')
      const { setMood, ...objects } = moodyStore(disk)
      const model = newJobModel()
      const world = { processes: pools.map((pool) => storeOn(pool)), objects, setMood, clock, claims: [] }
      function storeOn(pool: Database): JobStore {
        const maker = { issuer: 'https://muster.example/', tenant: 'acme', version: '1.2.3', clock }
        return pgJobStore(pool, pgReceiptChain({ ...maker, sign: (_type, claims) => JSON.stringify(claims) }))
      }
      await fc.asyncModelRun(() => ({ model, real: world }), commands)
      await expectNothingLeft(model, world)
      const chain = await test1.database.query<{ jws: string }>('select jws from muster.receipts')
      const positions = chain.map(({ jws }) => (JSON.parse(jws) as { position: number }).position)
      expect(positions.sort((one, other) => one - other)).toEqual(
        Array.from({ length: model.completions }, (_, n) => n + 1),
      )
    })
    await assertProperty(life, RUNS)
  })
})
