import { stripVTControlCharacters, styleText } from 'node:util'
import { ExactNumberFound } from '../domain/exact-number.ts'
import type { Json } from '../domain/json.ts'
import { writeJson } from '../domain/write-json.ts'

const GAP = '  '

type Style = Parameters<typeof styleText>[0]

/** Only a terminal gets colours, bars and tables: scripts read pipes and files. */
export function isTerminal(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true
}

/** Colour only on a terminal, and not with NO_COLOR (no-color.org): Node looks at both. */
export function inStyle(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

/** For the result of a command, which scripts read. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** About a command's work. Standard output may be the file itself, so this goes to standard error. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** For scripts. With exact numbers it is one line, since JSON.stringify cannot write them. */
export function printJson(value: unknown): void {
  try {
    print(JSON.stringify(value, undefined, 2))
  } catch (error) {
    if (!(error instanceof ExactNumberFound)) throw error
    print(writeJson(value))
  }
}

/** A table for people. If the output is no terminal, scripts get values with tabs between them. */
export async function printTable(
  head: readonly string[],
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  const texts = rows.map((row) => row.map(cellOf))
  if (!isTerminal(process.stdout)) {
    for (const row of [head, ...texts]) print(row.join('\t'))
    return
  }
  if (texts.length === 0) return print(inStyle('dim', 'None.'))
  print(await tableOf([head.map((name) => inStyle('bold', name)), ...texts]))
}

/** The members of one object: a name and a value on each line. Links and secrets stay whole on a narrow terminal. */
export function printMembers(object: object): void {
  const rows = Object.entries(object).map(([name, value]) => [cellOf(name), cellOf(value)] as const)
  const width = Math.max(...rows.map(([name]) => name.length))
  for (const [name, value] of rows)
    print(
      isTerminal(process.stdout)
        ? `${inStyle('bold', name.padEnd(width))}${GAP}${value}`
        : `${name}\t${value}`,
    )
}

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((place) => [place, '']),
)

/** No wider than the terminal: the widest columns are cut, but never the first one, which has the ids. */
async function tableOf(rows: readonly (readonly string[])[]): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    chars: { ...NO_LINES, middle: GAP },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: widthsOf(rows, process.stdout.columns ?? 80),
  })
  table.push(...rows.map((row) => [...row]))
  return table.toString().replace(/ +$/gm, '')
}

// A text that is cut shorter says nothing.
const CUT_WIDTH_MIN = 10

function widthsOf(rows: readonly (readonly string[])[], columns: number): number[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))))
  const total = (): number => widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length)
  while (total() > columns) {
    const widest = widths.indexOf(Math.max(...widths.slice(1)), 1)
    const width = widths[widest] ?? 0
    if (width <= CUT_WIDTH_MIN) break
    widths[widest] = width - 1
  }
  return widths
}

// Chinese, Japanese and Korean characters, and emoji, take two columns.
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u

function widthOf(text: string): number {
  const characters = [...stripVTControlCharacters(text)]
  return characters.reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0)
}

/** Users choose their names, so a name may hold the control characters of a terminal, or a tab. */
function cellOf(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined ? '' : writeJson(value as Json)
  return withoutControls(text.replace(/[\t\r\n]+/g, ' '))
}

/** For a text that others chose, such as a name in a database: it may hold the control characters of a terminal. */
export function withoutControls(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}
