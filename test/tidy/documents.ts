import type { Source } from './sources.ts'

/** The rows of a Markdown table whose first cell is code, without the backticks. */
export function rowsOf(markdown: string, first: RegExp): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, line.trimEnd().lastIndexOf('|'))
        // A bar inside backticks is text.
        .split(/\|(?=(?:[^`]*`[^`]*`)*[^`]*$)/)
        .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
    )
    .filter(([cell]) => cell !== undefined && first.test(cell))
}

/** Complains of every row that only one side has, or that differs between the two sides. */
export function rowComplaints(
  document: string,
  written: readonly (readonly string[])[],
  expected: readonly (readonly string[])[],
): string[] {
  const lines = (rows: readonly (readonly string[])[]): string[] => rows.map((row) => row.join(' | '))
  const [have, want] = [lines(written), lines(expected)]
  return [
    ...want.filter((row) => !have.includes(row)).map((row) => `${document} lacks the row: ${row}`),
    ...have.filter((row) => !want.includes(row)).map((row) => `${document} has a row that is not so: ${row}`),
  ]
}

export function roomComplaints(architecture: string, rooms: readonly string[]): string[] {
  const named = [...architecture.matchAll(/^\|[^|]*\|\s*`(\w+)\/`\s*\|/gm)].map(([, room]) => room ?? '')
  return [
    ...rooms
      .filter((room) => !named.includes(room))
      .map((room) => `ARCHITECTURE.md does not tell of src/${room}`),
    ...named
      .filter((room) => !rooms.includes(room))
      .map((room) => `ARCHITECTURE.md tells of src/${room}, which is not there`),
  ]
}

/** Each promise has a test that carries its id, and is enforced where SPEC.md says. */
export function promiseComplaints(spec: string, tests: readonly Source[]): string[] {
  const promises = rowsOf(spec, /^P\d+$/)
  const ids = promises.map(([id = '']) => id)
  return [
    ...promises.flatMap(([id = '', , files = '']) =>
      files.split(',').flatMap((file) => enforcementComplaint(id, file.trim(), tests)),
    ),
    ...tests.flatMap(({ path, text }) =>
      promisedIn(text)
        .filter((id) => !ids.includes(id))
        .map((id) => `${path} names the promise ${id}, which SPEC.md does not make`),
    ),
  ]
}

function enforcementComplaint(id: string, file: string, tests: readonly Source[]): string[] {
  const found = tests.find(({ path }) => path === file)
  if (found === undefined) return [`SPEC.md: ${id} is said to be enforced by ${file}, which is not there`]
  return promisedIn(found.text).includes(id) ? [] : [`SPEC.md: no test of ${file} is named ${id} …`]
}

// The beginning of a test's name: `test('P6 a link …'`, `describe('P1 …'`, `test.each(…)('P3 …'`.
function promisedIn(text: string): string[] {
  return [...text.matchAll(/\(\s*(['"`])((?:P\d+,? )+)/g)].flatMap(
    ([, , ids = '']) => ids.match(/P\d+/g) ?? [],
  )
}
