import { defineConfig } from 'vitest/config'

const ACCEPTANCE = 'test/acceptance/**/*.test.ts'
const DB = 'test/**/*.db.test.ts'
const SETUP = 'test/fixtures'
// Vitest leaves one idle otherwise: half of two.
const EVERY_CORE = '100%'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [ACCEPTANCE, DB],
          testTimeout: 10_000,
          maxWorkers: EVERY_CORE,
        },
      },
      {
        test: {
          name: 'db',
          include: [DB],
          exclude: [ACCEPTANCE],
          globalSetup: [`${SETUP}/postgres.setup.ts`, `${SETUP}/templates.setup.ts`, `${SETUP}/s3.setup.ts`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: EVERY_CORE,
        },
      },
      {
        test: {
          name: 'acceptance',
          include: [ACCEPTANCE],
          globalSetup: [`${SETUP}/postgres.setup.ts`, `${SETUP}/s3.setup.ts`],
          // A server under test is a process with a first start of its own: two of them fill two cores, and
          // nothing else may run beside them, since some tests have seconds to keep.
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
