import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { markdownOf, type Report } from './report.ts'

// Puts the figures of one run between the two marks of docs/performance.md: write-docs.ts FILE.json
const DOCUMENT = join(import.meta.dirname, '../docs/performance.md')
const [BEGIN, END] = ['<!-- figures: begin -->', '<!-- figures: end -->']

const report = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as Report
const text = await readFile(DOCUMENT, 'utf8')
const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)]
if (before === -1 || after === -1) throw new Error(`${DOCUMENT}: the marks ${BEGIN} and ${END} are missing`)
await writeFile(
  DOCUMENT,
  `${text.slice(0, before + BEGIN.length)}\n\n${markdownOf(report)}\n\n${text.slice(after)}`,
)
