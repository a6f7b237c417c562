import { readFileSync } from 'node:fs'

// Prints how many tests ran, from Vitest's own JSON results. Usage: count-tests.js RESULTS.json… Exits 1 when a
// test or a whole file failed, and when nothing ran in one of them: an empty suite is no green one.

/** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, success: boolean }[]} */
const runs = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')))
/** @param {'numPassedTests' | 'numFailedTests' | 'numPendingTests'} name */
const sum = (name) => runs.reduce((total, run) => total + run[name], 0)
const [passed, failed, skipped] = [sum('numPassedTests'), sum('numFailedTests'), sum('numPendingTests')]
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
const isGreen = runs.length > 0 && runs.every((run) => run.success && run.numPassedTests > 0)
if (!isGreen || failed > 0) process.exitCode = 1
