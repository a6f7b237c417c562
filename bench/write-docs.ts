import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportsOf, figuresOf, markdownOf, type Report } from './report.ts'

// Puts the figures of a run, and of a second one with another compressor, between the two marks of
// docs/performance.md: write-docs.ts FILE.json [OTHER.json]
// A run of `--only fair,s3` replaces its own figures there, or adds them, and leaves the others as they are.
const DOCUMENT = join(import.meta.dirname, '../docs/performance.md')
const [BEGIN, END] = ['<!-- figures: begin -->', '<!-- figures: end -->']

const [report, other] = await Promise.all(process.argv.slice(2, 4).map(read))
if (report === undefined) throw new Error('write-docs.ts FILE.json [OTHER.json]')
const text = await readFile(DOCUMENT, 'utf8')
const [before, after] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)]
if (before < BEGIN.length || after === -1)
  throw new Error(`${DOCUMENT}: the marks ${BEGIN} and ${END} are missing`)
const isWhole = [report.csv, report.ndjson, report.small, report.scale, report.live].some(
  (part) => part !== undefined,
)
const figures = isWhole
  ? [markdownOf(report), ...(other === undefined ? [] : [exportsOf(other)])].join('\n\n')
  : withFigures(text.slice(before, after).trim(), report)
await writeFile(DOCUMENT, `${text.slice(0, before)}\n\n${figures}\n\n${text.slice(after)}`)

function withFigures(figures: string, partial: Report): string {
  const { rows, lines } = figuresOf(partial)
  const paragraphs = figures.split('\n\n')
  const [first = '', targets = '', ...others] = paragraphs
  const widths = (targets.split('\n')[0] ?? '').split('|').map((cell) => cell.length - 2)
  const written = rows.map(
    (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at + 1] ?? 0)).join(' | ')} |`,
  )
  return [
    first,
    [...without(targets.split('\n'), written, '|', 2), ...written].join('\n'),
    ...without(others, lines, ':', 1),
    ...lines,
  ].join('\n\n')
}

/** Without those that begin as a new one does, up to the nth mark. */
function without(old: readonly string[], fresh: readonly string[], mark: string, nth: number): string[] {
  const beginning = (text: string): string => text.split(mark, nth).join(mark).trimEnd()
  const replaced = new Set(fresh.map(beginning))
  return old.filter((text) => !replaced.has(beginning(text)))
}

async function read(file: string): Promise<Report> {
  return JSON.parse(await readFile(file, 'utf8')) as Report
}
