import { FORMULA_START } from '../domain/formula-start.ts'
import type { Json } from '../domain/json.ts'
import { trimmed } from '../domain/near-name.ts'
import { RepeatedName } from '../domain/read-members.ts'
import type { Cell } from './csv-cells.ts'
import { type Column, cellValue, isNameless } from './csv-columns.ts'
import { guardOf, unguarded } from './csv-guard.ts'
import type { Layout } from './csv-layout.ts'
import type { Guard } from './decode-options.ts'
import { type Entry, repeats, type UnreadableEntry, unreadable } from './entry.ts'
import { newNest } from './nest.ts'

export interface CellRecord {
  readonly kind: 'record'
  readonly line: number
  readonly bytes: number
  readonly cells: readonly Cell[]
}

/**
 * The first records are held back until they show the guard: a user who is read with the wrong one would get wrong
 * texts.
 */
export interface Sample {
  pass(record: CellRecord | UnreadableEntry, layout: Layout): Iterable<Entry>
  rest(layout: Layout | undefined): Iterable<Entry>
}

const RECORDS_MAX = 1000
const BYTES_MAX = 1024 * 1024

export function newSample(given: Guard | undefined): Sample {
  let guard = given
  let held: (CellRecord | UnreadableEntry)[] = []
  let bytes = 0
  function* rest(layout: Layout | undefined): Generator<Entry> {
    if (layout === undefined) return
    const records = held
    held = []
    const cells = records.flatMap(cellsOf)
    const known = guard ?? withoutQuotes(guardOf(layout.possible, cells, layout.columns), layout, cells)
    guard = known
    for (const record of records) yield entryOf(record, layout, known)
  }
  return {
    *pass(record, layout) {
      if (guard !== undefined) return yield entryOf(record, layout, guard)
      held.push(record)
      bytes += record.kind === 'record' ? record.bytes : 0
      if (held.length >= RECORDS_MAX || bytes >= BYTES_MAX) yield* rest(layout)
    },
    rest,
  }
}

const OPEN = new RegExp(FORMULA_START)

/**
 * A spreadsheet that saves an export with guarded formulas keeps the apostrophes, but drops the quotes that showed the
 * guard. Exports quote every text. So a bare cell with an apostrophe and a formula comes from a spreadsheet.
 */
function withoutQuotes(
  guard: Guard,
  { possible, columns }: Layout,
  records: readonly (readonly Cell[])[],
): Guard {
  if (guard !== 'none' || !possible.includes('auth0')) return guard
  const texts = records.flatMap((cells) =>
    cells.filter(
      ({ text, isQuoted }, at) =>
        OPEN.test(text) && (isQuoted || text.startsWith("'") || columns[at]?.kind === 'text'),
    ),
  )
  const isGuarded = texts.length > 0 && texts.every(({ text, isQuoted }) => !isQuoted && text.startsWith("'"))
  return isGuarded ? 'formula' : guard
}

// A spreadsheet drops the quotes of a text. A bare cell with an apostrophe in front must still be read as a text.
function asText(cell: Cell): Cell {
  return !cell.isQuoted && cell.text.startsWith("'") ? { ...cell, isQuoted: true } : cell
}

function cellsOf(record: CellRecord | UnreadableEntry): readonly (readonly Cell[])[] {
  return record.kind === 'record' ? [record.cells] : []
}

function entryOf(record: CellRecord | UnreadableEntry, layout: Layout, guard: Guard): Entry {
  if (record.kind === 'unreadable') return record
  const { line, cells } = record
  const { columns } = layout
  const name = `The record that begins in line ${line}`
  if (!fits(cells, columns)) {
    return unreadable(line, `${name} has ${cells.length} cells where ${columns.length} are named`)
  }
  const stray = cells.findIndex((cell, at) => isStray(cell, columns[at]))
  if (stray !== -1)
    return unreadable(line, `${name} has a value in column ${stray + 1}, which has no heading`)
  try {
    let bytes = layout.bytes + record.bytes
    const value = userOf(cells, { columns, guard }, (characters) => {
      bytes += characters
    })
    if (value === undefined) return unreadable(line, `${name} gives one attribute two values`)
    return { kind: 'user', line, value, bytes }
  } catch (error) {
    if (error instanceof RepeatedName) return repeats(line, name, error)
    throw error
  }
}

// Empty cells give no value, so those after the last heading are allowed. Cells of columns without a heading may be
// absent.
function fits(cells: readonly Cell[], columns: readonly Column[]): boolean {
  if (cells.length < columns.length) return columns.slice(cells.length).every(isNameless)
  return cells.slice(columns.length).every(({ text }) => trimmed(text) === '')
}

function isStray({ text }: Cell, column: Column | undefined): boolean {
  return column !== undefined && isNameless(column) && trimmed(text) !== ''
}

interface Reading {
  readonly columns: readonly Column[]
  readonly guard: Guard
}

function userOf(
  cells: readonly Cell[],
  { columns, guard }: Reading,
  onGrowth: (characters: number) => void,
): Json | undefined {
  const nest = newNest()
  for (const [at, column] of columns.entries()) {
    if (column.steps.length === 0) continue
    const cell = cells[at]
    const bare = cell === undefined ? undefined : unguarded(asText(cell), guard)
    const value = bare === undefined ? undefined : cellValue(bare, column, onGrowth)
    if (value !== undefined && !nest.set(column.steps, value)) return undefined
  }
  return nest.done()
}
