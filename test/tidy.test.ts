import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'vitest'
import { defaultInWords, KEYS } from '../src/config.ts'
import { FAILURES } from '../src/domain/failure.ts'
import { SOURCE_KEYS } from '../src/sources-settings.ts'
import { directionComplaints } from './tidy/direction.ts'
import { promiseComplaints, roomComplaints, rowComplaints, rowsOf } from './tidy/documents.ts'
import { doorComplaints } from './tidy/doors.ts'
import { engineComplaints } from './tidy/engines.ts'
import { fileComplaints, linkComplaints } from './tidy/links.ts'
import {
  acceptanceComplaints,
  barrelComplaints,
  cycleComplaints,
  lengthComplaints,
  orphanComplaints,
  roomsOf,
  suppressionComplaints,
} from './tidy/shape.ts'
import { readSources, sourceOf } from './tidy/sources.ts'
import { testNameComplaints } from './tidy/test-names.ts'

const sources = readSources('src')
const tests = readSources('test')
const read = (path: string): string => readFileSync(path, 'utf8')

function none(complaints: readonly string[]): void {
  assert.equal(complaints.length, 0, `\n${complaints.map((complaint) => `  - ${complaint}\n`).join('')}`)
}

describe('the source is tidy', () => {
  test('imports run down only, and only compose/ picks adapters', () => none(directionComplaints(sources)))
  test('each outside thing is used in its one place only', () => none(doorComplaints(sources)))
  test('no file has more lines than allowed', () =>
    none(lengthComplaints([...sources, ...readSources('scripts')])))
  test('no file re-exports from another file', () => none(barrelComplaints(sources)))
  test('no file silences a checker', () => none(suppressionComplaints(sources)))
  test('every file is imported somewhere', () => none(orphanComplaints(sources, ['src/main.ts'])))
  test('no imports form a cycle', () => none(cycleComplaints([...sources, ...tests])))
  test('acceptance tests import nothing from the source', () => none(acceptanceComplaints(tests)))
  // Parses every test file.
  test('each test name is a sentence with its own subject', { timeout: 60_000 }, () =>
    none(testNameComplaints(tests)),
  )
})

describe('the documents agree with the source', () => {
  test('ARCHITECTURE.md names exactly the rooms that exist', () =>
    none(roomComplaints(read('ARCHITECTURE.md'), roomsOf(sources))))

  test('docs/errors.md has a true row for each failure', () => {
    const written = rowsOf(read('docs/errors.md'), /^[a-z_]+$/).filter(([code]) => code !== 'code')
    const expected = Object.entries(FAILURES).map(([code, { status, errorCode, retry }]) => [
      code,
      String(status),
      errorCode ?? '',
      retry,
    ])
    none(
      rowComplaints(
        'docs/errors.md',
        written.map((row) => row.slice(0, 4)),
        expected,
      ),
    )
  })

  test('docs/configuration.md has a true row for each setting', () => {
    const written = rowsOf(read('docs/configuration.md'), /^[A-Z][A-Z0-9_]+$/)
    const expected = Object.values(KEYS).map((key) => [
      key.env,
      'flag' in key ? key.flag : '',
      key.about,
      defaultInWords(key),
    ])
    none(
      rowComplaints(
        'docs/configuration.md',
        written.map((row) => row.slice(0, 4)),
        expected,
      ),
    )
  })

  test('docs/configuration.md has a true row for each setting of a source', () => {
    const written = rowsOf(read('docs/configuration.md'), /^MUSTER_SOURCE_<NAME>_[A-Z]+$/)
    const expected = Object.entries(SOURCE_KEYS).map(([name, { about, unset }]) => [
      `MUSTER_SOURCE_<NAME>_${name}`,
      about,
      unset,
    ])
    none(rowComplaints('docs/configuration.md', written, expected))
  })

  test('ARCHITECTURE.md names only files that exist', () =>
    none(
      fileComplaints(
        { path: 'ARCHITECTURE.md', text: read('ARCHITECTURE.md') },
        ['.', 'src', 'test'],
        existsSync,
      ),
    ))

  test('a link between pages leads to a page and heading that exist', () => {
    const pages = readdirSync('.')
      .concat(readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`))
      .filter((path) => path.endsWith('.md'))
    none(
      linkComplaints(
        pages.map((path) => ({ path, text: read(path) })),
        existsSync,
      ),
    )
  })

  test('every promise of SPEC.md is enforced by a test of its name', () =>
    none(promiseComplaints(read('SPEC.md'), tests)))
})

test('the package on Node 20 installs nothing that requires a newer Node', () => {
  assert.equal(JSON.parse(read('package.json')).overrides, undefined)
  none(engineComplaints(JSON.parse(read('package-lock.json')).packages, 20))
})

// A check that cannot fail proves nothing: each is shown what it is there to find.
describe('the tidy rules', () => {
  const direction = (path: string, text: string): string => directionComplaints([sourceOf(path, text)]).join()
  const door = (path: string, text: string): string => doorComplaints([sourceOf(path, text)]).join()

  test.each([
    ['up', 'src/plan/a.ts', "import { b } from '../flow/b.ts'"],
    ['up', 'src/domain/a.ts', "import type { b } from '../users/b.ts'"],
    ['sideways', 'src/users/a.ts', "import { b } from '../jobs/b.ts'"],
    ['sideways', 'src/http/a.ts', "import {\n  b,\n} from '../work/b.ts'"],
    ['sideways', 'src/rows/a.ts', "import { b } from '../plan/export-plan.ts'"],
    ['that is for flow to do', 'src/http/a.ts', "import { b } from '../plan/b.ts'"],
    ['know the pool', 'src/users/a.ts', "import type { b } from '../pg/database.ts'"],
    ['only compose/ picks adapters', 'src/users/a.ts', "import { b } from './pg-b.ts'"],
    ['only compose/ picks adapters', 'src/flow/a.ts', "const b = await import('../objects/disk-b.ts')"],
    ['outside the rooms', 'src/flow/a.ts', "import { b } from '../config.ts'"],
    ['for compose/', 'src/main.ts', "import { b } from './users/b.ts'"],
    ['no level', 'src/attic/a.ts', "import { b } from '../domain/b.ts'"],
  ])('the tidy rules notice a wrong import (%s): %s, %s', (complaint, path, text) => {
    assert.ok(direction(path, text).includes(complaint), direction(path, text))
  })

  test.each([
    ['src/flow/a.ts', "import { b } from '../plan/b.ts'"],
    ['src/rows/a.ts', "import type { b } from '../plan/export-plan.ts'"],
    ['src/rows/a.ts', "import { type b, type c } from '../plan/export-plan.ts'"],
    ['src/users/pg-a.ts', "import { b } from '../pg/database.ts'"],
    ['src/http/a.ts', "import type { b } from '../users/user-store.ts'"],
    ['src/users/a.ts', "// import { b } from '../jobs/b.ts'"],
  ])('the tidy rules accept an import that is allowed: %s, %s', (path, text) => {
    assert.equal(direction(path, text), '')
  })

  test.each([
    ['src/flow/a.ts', 'const a = process.env.A'],
    ['src/flow/a.ts', 'process.exit(1)'],
    ['src/flow/a.ts', "process.once('SIGTERM', stop)"],
    ['src/flow/a.ts', 'const now = new Date()'],
    ['src/flow/a.ts', 'const now = Date.now()'],
    ['src/users/pg-a.ts', "import pg from 'pg'"],
    ['src/flow/a.ts', "import type { FastifyInstance } from 'fastify'"],
    ['src/objects/a.ts', "import { gzip } from 'node:zlib'"],
    ['src/mail/a.ts', "import { createTransport } from 'nodemailer'"],
  ])('the tidy rules notice an outside thing used in a wrong place: %s, %s', (path, text) =>
    assert.notEqual(door(path, text), ''),
  )

  test.each([
    ['src/flow/a.ts', 'const then = new Date(text) // not new Date()'],
    ['src/config.ts', 'const a = process.env.A'],
    ['src/pg/a.ts', "import pg from 'pg'"],
  ])('the tidy rules accept an outside thing in its place: %s, %s', (path, text) =>
    assert.equal(door(path, text), ''),
  )

  test('the tidy rules notice a long file, a barrel, an unused file and a cycle', () => {
    const a = sourceOf('src/a.ts', "import { b } from './b.ts'")
    const b = sourceOf('src/b.ts', "import type { a } from './a.ts'")
    assert.equal(lengthComplaints([sourceOf('src/a.ts', 'x\n'.repeat(301))]).length, 1)
    assert.equal(barrelComplaints([sourceOf('src/a.ts', "export { b } from './b.ts'")]).length, 1)
    assert.equal(barrelComplaints([sourceOf('src/a.ts', "export * from './b.ts'")]).length, 1)
    assert.equal(suppressionComplaints([sourceOf('src/a.ts', '// biome-ignore lint: so')]).length, 1)
    assert.equal(barrelComplaints([sourceOf('src/a.ts', "export const a = 'b' // from here")]).length, 0)
    assert.deepEqual(orphanComplaints([a, b, sourceOf('src/c.ts', '')], ['src/a.ts']).length, 1)
    assert.equal(cycleComplaints([a, b]).length, 1)
    assert.equal(cycleComplaints([a]).length, 0)
  })

  test('the tidy rules notice an acceptance test that imports the source, even through a fixture', () => {
    const fixture = sourceOf('test/fixtures/f.ts', "import { b } from '../../src/b.ts'")
    const acceptance = sourceOf('test/acceptance/a.test.ts', "import { f } from '../fixtures/f.ts'")
    assert.equal(acceptanceComplaints([fixture, acceptance]).length, 1)
    assert.equal(acceptanceComplaints([acceptance]).length, 0)
  })

  test('the tidy rules notice a test name that is no sentence', () => {
    const complaints = (text: string): number => testNameComplaints([sourceOf('test/a.test.ts', text)]).length
    for (const text of [
      "test('that is refused with the reason')",
      "test('P6 and goes on after a restart')",
      "test.each([[1, 2]])('%s is the sum of both')",
      "test('a link works')",
      'test.runIf(true)(`a file is for whoever reads users`)',
      "describe('whatever a client sends')",
    ])
      assert.equal(complaints(text), 1, text)
    const sound = "describe('a link', () => test.each([1])('P6 a link of %s works for sixty seconds'))"
    assert.equal(complaints(sound), 0)
  })

  test('the tidy rules notice a document that is out of date', () => {
    const table = '| code | status |\n| --- | --- |\n| `a` | 1 |\n| `b|c` | 2 |'
    assert.deepEqual(rowsOf(table, /^[a-z|]$|^b/), [
      ['a', '1'],
      ['b|c', '2'],
    ])
    assert.equal(
      rowComplaints(
        'it',
        [['a', '1']],
        [
          ['a', '2'],
          ['b', '3'],
        ],
      ).length,
      3,
    )
    assert.equal(roomComplaints('| 1 | `rows/` | … |', ['rows']).length, 0)
    assert.equal(roomComplaints('| 1 | `rows/` | … |', ['plan']).length, 2)
  })

  test('the tidy rules notice a broken link and a missing file', () => {
    const exists = (path: string): boolean => ['a.md', 'docs/b.md', 'src/c.ts'].includes(path)
    const page = (text: string) => ({ path: 'docs/b.md', text: `# The way\n${text}` })
    const links = (text: string): number => linkComplaints([page(text)], exists).length
    assert.equal(links('[x](../a.md) [y](#the-way) [z](b.md#the-way) [w](https://example.com/no)'), 0)
    assert.equal(links('[x](a.md) [y](#no-way)'), 2)
    const files = (text: string): string[] => fileComplaints(page(text), ['.', 'src'], exists)
    assert.deepEqual(files('`c.ts` `src/c.ts` src/c.ts c.ts no.ts'), [])
    assert.equal(files('`no.ts` is not src/no.ts').length, 2)
  })

  test('the tidy rules notice a package that requires a newer Node', () => {
    const wanting = (node: string): number => engineComplaints({ a: { engines: { node } } }, 20).length
    assert.deepEqual(
      ['>=22', '^18 || ^22.1', '>=14.16', '18 || 20 || >=22', '^20.19.0', '*'].map(wanting),
      [1, 1, 0, 0, 0, 0],
    )
    assert.equal(engineComplaints({ a: { dev: true, engines: { node: '>=22' } } }, 20).length, 0)
  })

  test('the tidy rules notice a promise without a test, and a test without a promise', () => {
    const spec = '| id | promise | enforced by |\n| P1 | all of it | test/a.test.ts |'
    assert.deepEqual(promiseComplaints(spec, [sourceOf('test/a.test.ts', "test('P1 all of it', …")]), [])
    assert.equal(promiseComplaints(spec, [sourceOf('test/a.test.ts', "test('all of it', …")]).length, 1)
    assert.equal(promiseComplaints(spec, []).length, 1)
    assert.equal(promiseComplaints('', [sourceOf('test/a.test.ts', "test.each([1])('P2 …', …")]).length, 1)
  })
})
