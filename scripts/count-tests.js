import { readFileSync } from 'node:fs'

// Prints the failed tests with their messages, then how many tests ran, from Vitest's own JSON results.
// Usage: count-tests.js RESULTS.json… Exits 1 when a test or a whole file failed, and when nothing ran in one of them:
// an empty suite is no green one.

/**
 * @typedef {{ status: string, fullName: string, failureMessages: string[] }} Test
 * @typedef {{ name: string, status: string, message: string, assertionResults: Test[] }} File
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, success: boolean, testResults: File[] }} Run
 */

/** @type {Run[]} */
const runs = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')))

// A log of thousands of lines hides a failure, and readers may be shown its end only.
for (const file of runs.flatMap(({ testResults }) => testResults)) {
  const failed = file.assertionResults.filter(({ status }) => status === 'failed')
  for (const test of failed)
    console.log(`FAILED ${file.name}: ${test.fullName}\n${test.failureMessages.join('\n')}\n`)
  if (file.status === 'failed' && failed.length === 0) console.log(`FAILED ${file.name}\n${file.message}\n`)
}

/** @param {'numPassedTests' | 'numFailedTests' | 'numPendingTests'} name */
const sum = (name) => runs.reduce((total, run) => total + run[name], 0)
const [passed, failed, skipped] = [sum('numPassedTests'), sum('numFailedTests'), sum('numPendingTests')]
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
const isGreen = runs.length > 0 && runs.every((run) => run.success && run.numPassedTests > 0)
if (!isGreen || failed > 0) process.exitCode = 1
