import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

// Not a part of `npm test`: it installs two thousand packages of others.
export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  test: {
    include: ['test/products/*.trial.ts'],
    globalSetup: ['test/fixtures/postgres.setup.ts'],
    fileParallelism: false,
    testTimeout: 45 * 60_000,
  },
})
