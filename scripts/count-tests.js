import { readFileSync } from 'node:fs'

// Says how many tests ran, from Vitest's own JSON result. Usage: count-tests.js RESULTS.json. Exits 1 when a
// test or a whole file failed, and when nothing ran at all: an empty suite is no green one.

/** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, success: boolean }} */
const results = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = results
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
if (!results.success || failed > 0 || passed === 0) process.exitCode = 1
