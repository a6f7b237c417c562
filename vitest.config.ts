import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/fixtures/longest-first.ts'

const ACCEPTANCE = 'test/acceptance/**/*.test.ts'
const DB = 'test/**/*.db.test.ts'
const CONSOLE = 'test/console/**/*.test.ts'
const SETUP = 'test/fixtures'
// MUSTER_TEST_QUICK leaves out what would find on a second version of Node nothing that the first has not: tests that try
// the same thing again and again, tests of several processes at once, and tests of what PostgreSQL makes of a statement.
const LONG = [
  'test/acceptance/{crash,fairness,flood,fuzz,hosts,killed-sources,kills,stopped-opening}.test.ts',
  'test/acceptance/{jobs,logs,metrics,processes,receipt,rotation,stalls}.test.ts',
  'test/acceptance/{console,events,files-on-s3,killed-sources,openapi,refusals,round-trip,source*}.test.ts',
  'test/acceptance/cli-{copy,import,export-auth0,export-disk,export-interrupts,export-network}.test.ts',
  'test/acceptance/{commands,help,local-commands,mail,ready,traces}.test.ts',
  'test/convert/csv-text.db.test.ts',
  CONSOLE,
  'test/flow/{csv-dialects,discovered-columns,fault-loops,ndjson-lines,round-trip}.db.test.ts',
  'test/flow/{claim-fields,exact-numbers,kept-letters,preview-export,secrets,usernames}.db.test.ts',
  'test/flow/export-{chain,query,since,sort}.db.test.ts',
  'test/{http,jobs,receipts,relations,rows,search,tokens,users}/**/*.db.test.ts',
  'test/{http/hostile-values,pg/folder-lock,pg/migrate.db,pg/silence.db,verify/verify-file,work/job-life.db}.test.ts',
  'test/users/find-secrets.test.ts',
]
const LEFT_OUT = process.env['MUSTER_TEST_QUICK'] === 'true' ? LONG : []
// Vitest leaves one idle otherwise: half of two.
const EVERY_CORE = '100%'
// Vitest's own second is short on a machine that does other things too. A poll ends as soon as its expectation holds.
const PATIENT = { poll: { timeout: 8_000 } }
// Of a failure in CI only the message is seen. Chai's own 40 characters show that an array has one entry, but not which.
const WHOLE_VALUES = { truncateThreshold: 2_000 }

export default defineConfig({
  test: {
    chaiConfig: WHOLE_VALUES,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [ACCEPTANCE, CONSOLE, DB, ...LEFT_OUT],
          expect: PATIENT,
          testTimeout: 10_000,
          maxWorkers: EVERY_CORE,
        },
      },
      {
        test: {
          name: 'db',
          include: [DB],
          exclude: [ACCEPTANCE, ...LEFT_OUT],
          globalSetup: [`${SETUP}/postgres.setup.ts`, `${SETUP}/templates.setup.ts`, `${SETUP}/s3.setup.ts`],
          expect: PATIENT,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: EVERY_CORE,
        },
      },
      {
        test: {
          name: 'acceptance',
          include: [ACCEPTANCE],
          exclude: LEFT_OUT,
          globalSetup: [`${SETUP}/postgres.setup.ts`, `${SETUP}/s3.setup.ts`],
          // A server under test is a process with a first start of its own: two of them fill two cores, and
          // nothing else may run beside them, since some tests have seconds to keep.
          sequence: { groupOrder: 1 },
          expect: PATIENT,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'console',
          include: [CONSOLE],
          exclude: LEFT_OUT,
          globalSetup: [`${SETUP}/postgres.setup.ts`, `${SETUP}/chromium.setup.ts`],
          // Each file has a server and a browser of its own.
          sequence: { groupOrder: 2 },
          expect: PATIENT,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
