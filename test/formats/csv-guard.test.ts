import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unguarded } from '../../src/decode/csv-guard.ts'
import { guardedInside, unguardedInside } from '../../src/domain/formula-start.ts'
import { csvHeader } from '../../src/formats/csv-header.ts'
import { guarded } from '../fixtures/plain-csv.ts'

const UNIT = [
  ',',
  ';',
  '\t',
  '\r',
  '\n',
  "'",
  '"',
  ' ',
  '\u00a0',
  '\u3000',
  '=',
  '+',
  '-',
  '@',
  '＝',
  '＋',
  '－',
  '＠',
  'a',
  '1',
]
const text = fc.string({ unit: fc.constantFrom(...UNIT), maxLength: 12 })

/** Cells as a spreadsheet of this separator finds them, by each way of reading quotes. */
function cellsOf(line: string, separator: string): string[] {
  return [...line.split(new RegExp(`[${separator}\r\n]`)), ...honoured(line, separator)]
}

// A quote opens a cell at its beginning only; behind the closing one all is text, up to the next separator.
function honoured(line: string, separator: string): string[] {
  const cells = ['']
  let isOpen = false
  let isFresh = true
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    const isPair = isOpen && character === '"' && line.charAt(at + 1) === '"'
    if (isPair) at++
    if (character === '"' && !isPair && (isOpen || isFresh)) {
      isOpen = !isOpen
      isFresh = false
    } else if (!isOpen && (character === separator || /[\r\n]/.test(character))) {
      cells.push('')
      isFresh = true
    } else {
      cells.push(`${cells.pop()}${character}`)
      isFresh = false
    }
  }
  return cells
}

const FORMULA = /^[ \u00a0\u3000"]*[=+\-@＝＋－＠]/

test('a file under the guard formula has no cell that starts a formula, whatever separator it is opened with', () => {
  const delimiter = fc.constantFrom(',', ';', '\t')
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), delimiter, delimiter, (texts, own, other) => {
      const line = texts.map((each) => `"${guarded(each, 'formula').replaceAll('"', '""')}"`).join(own)
      for (const cell of cellsOf(line, other)) {
        // A text's own beginning stands behind the quote that opens it.
        if (cell.startsWith('"') || cell.startsWith(' ')) continue
        expect(cell).not.toMatch(/^[=+\-@＝＋－＠]/)
      }
    }),
  )
})

test('behind every separator inside a text nothing starts a formula, blanks and quotes skipped', () => {
  fc.assert(
    fc.property(text, (plain) => {
      const [, ...behind] = guardedInside(plain).split(/[,;\t\r\n]/)
      for (const cell of behind) expect(cell).not.toMatch(FORMULA)
    }),
  )
})

test('the guard comes off again, whatever apostrophes the text has of its own', () => {
  fc.assert(
    fc.property(text, (plain) => {
      expect(unguardedInside(guardedInside(plain))).toBe(plain)
      expect(unguarded({ text: guarded(plain, 'formula'), isQuoted: true }, 'formula')?.text).toBe(plain)
    }),
  )
})

test('a text without a formula behind a separator stays as it is', () => {
  for (const plain of ['Smith, Ann', 'a; b\nc', '1,5', 'x,"y"', 'a=b', 'a -1', 'ann@example.com'])
    expect(guarded(plain, 'formula')).toBe(plain)
})

test('headings are guarded inside too, unless there is no guard', () => {
  const dialect = { delimiter: ',', newline: '\n', header: true, bom: false } as const
  expect(csvHeader(['x;=1', 'b'], { ...dialect, guard: 'auth0' })).toBe("x;'=1,b\n")
  expect(csvHeader(['x;=1', 'b'], { ...dialect, guard: 'formula' })).toBe(`"x;'=1","b"\n`)
  expect(csvHeader(['x;=1', 'b'], { ...dialect, guard: 'none' })).toBe('"x;=1",b\n')
})
