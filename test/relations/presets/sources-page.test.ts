import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Ask } from '../../../src/relations/preset.ts'
import { PRESETS } from '../../../src/relations/presets.ts'
import { rowComplaints, rowsOf } from '../../tidy/documents.ts'
import { catalogues, lookAt } from './catalogues.ts'

const PAGE = 'docs/sources.md'
const names = PRESETS.map(({ name }) => name).join('|')
const rows = rowsOf(readFileSync(PAGE, 'utf8'), new RegExp(`^(?:${names})$`)).map((row) =>
  row.map((cell) => cell.replaceAll('`', '')),
)
const presetRows = rows.filter(({ length }) => length === 5)
const [askRows, leftOutRows] = [true, false].map((isAsk) =>
  rows.filter(({ length, 1: second = '' }) => length === 3 && /^[A-Z]+$/.test(second) === isAsk),
)

const variableOf = ({ name, isOptional }: Ask): string =>
  name.toUpperCase() + (isOptional === true ? ' (may be left out)' : '')

test('docs/sources.md has a true row for each preset', () => {
  const expected = PRESETS.map(({ name, product, asks, triedOn }) => [
    name,
    product,
    asks.length === 0 ? '–' : asks.map(variableOf).join(', '),
    triedOn,
  ])
  const written = presetRows.map((row) => row.slice(0, 4))
  expect(rowComplaints(PAGE, written, expected)).toEqual([])
  expect(written.map(([name]) => name)).toEqual(PRESETS.map(({ name }) => name))
})

test('docs/sources.md denies since to exactly the presets that do not see changes', () => {
  for (const preset of PRESETS) {
    const isChangeKnown = catalogues(preset).some((tables) => preset.users(lookAt(tables)).changed)
    const since = presetRows.find(([name]) => name === preset.name)?.[4]
    expect(since !== 'no', preset.name).toBe(isChangeKnown)
  }
})

test('docs/sources.md has a true row for each setting that a preset asks for', () => {
  const expected = PRESETS.flatMap(({ name, asks }) =>
    asks.map((ask) => [name, ask.name.toUpperCase(), ask.about.replaceAll('`', '')]),
  )
  expect(rowComplaints(PAGE, askRows ?? [], expected)).toEqual([])
})

test('docs/sources.md has a true row for each kind of row that a preset leaves out', () => {
  const expected = PRESETS.flatMap((preset) => {
    const all = catalogues(preset).flatMap((tables) => preset.users(lookAt(tables)).leftOut)
    const reasons = new Map(all.map(({ what, why }) => [what, why]))
    return [...reasons].map(([what, why]) => [preset.name, what, why])
  })
  expect(rowComplaints(PAGE, leftOutRows ?? [], expected)).toEqual([])
})
