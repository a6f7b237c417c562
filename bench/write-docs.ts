import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportsOf, markdownOf, type Report } from './report.ts'

// Puts the figures of a run, and of a second one with another compressor, between the two marks of
// docs/performance.md: write-docs.ts FILE.json [OTHER.json]
const DOCUMENT = join(import.meta.dirname, '../docs/performance.md')
const [BEGIN, END] = ['<!-- figures: begin -->', '<!-- figures: end -->']

const [report, other] = await Promise.all(process.argv.slice(2, 4).map(read))
if (report === undefined) throw new Error('write-docs.ts FILE.json [OTHER.json]')
const figures = [markdownOf(report), ...(other === undefined ? [] : [exportsOf(other)])].join('\n\n')
const text = await readFile(DOCUMENT, 'utf8')
const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)]
if (before === -1 || after === -1) throw new Error(`${DOCUMENT}: the marks ${BEGIN} and ${END} are missing`)
await writeFile(DOCUMENT, `${text.slice(0, before + BEGIN.length)}\n\n${figures}\n\n${text.slice(after)}`)

async function read(file: string): Promise<Report> {
  return JSON.parse(await readFile(file, 'utf8')) as Report
}
