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

test('a file with the guard formula has no cell that starts a formula, for any separator a reader uses', () => {
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

test('a text with the guard formula starts no formula after a separator, even after blanks and quotes', () => {
  fc.assert(
    fc.property(text, (plain) => {
      const [, ...behind] = guardedInside(plain).split(/[,;\t\r\n]/)
      for (const cell of behind) expect(cell).not.toMatch(FORMULA)
    }),
  )
})

test('a guarded text is restored exactly, even if the text begins with apostrophes', () => {
  fc.assert(
    fc.property(text, (plain) => {
      expect(unguardedInside(guardedInside(plain))).toBe(plain)
      expect(unguarded({ text: guarded(plain, 'formula'), isQuoted: true }, 'formula')?.text).toBe(plain)
    }),
  )
})

test('a text without a formula after a separator stays unchanged', () => {
  for (const plain of ['Smith, Ann', 'a; b\nc', '1,5', 'x,"y"', 'a=b', 'a -1', 'ann@example.com'])
    expect(guarded(plain, 'formula')).toBe(plain)
})

test('a heading is guarded after separators too, unless the guard is none', () => {
  const dialect = { delimiter: ',', newline: '\n', header: true, bom: false } as const
  expect(csvHeader(['x;=1', 'b'], { ...dialect, guard: 'auth0' })).toBe("x;'=1,b\n")
  expect(csvHeader(['x;=1', 'b'], { ...dialect, guard: 'formula' })).toBe(`"x;'=1","b"\n`)
  expect(csvHeader(['x;=1', 'b'], { ...dialect, guard: 'none' })).toBe('"x;=1",b\n')
})
