import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CSV_DIALECT, type CsvDialect } from '../../src/domain/export-request.ts'
import { csvHeader } from '../../src/formats/csv-header.ts'

function header(headings: readonly string[], dialect: Partial<CsvDialect> = {}): string {
  return csvHeader(headings, { ...CSV_DIALECT, ...dialect })
}

test('a heading is quoted only if RFC 4180 requires quotes', () => {
  expect(header(['user_id', 'identities[0].connection', 'Given Name'])).toBe(
    'user_id,identities[0].connection,Given Name\n',
  )
  expect(header(['a,b', 'say "hi"', 'two\nlines'])).toBe('"a,b","say ""hi""","two\nlines"\n')
})

test('a heading that contains the delimiter is quoted', () => {
  expect(header(['a,b', 'a;b', 'a\tb'], { delimiter: ';' })).toBe('a,b;"a;b";a\tb\n')
  expect(header(['a,b', 'a;b', 'a\tb'], { delimiter: '\t' })).toBe('a,b\ta;b\t"a\tb"\n')
})

test('extra quotes in a header say which guard the cells have', () => {
  expect(header(['a', 'b', 'c'], { guard: 'formula' })).toBe('"a","b","c"\n')
  expect(header(['a', 'b', 'c'], { guard: 'none' })).toBe('"a",b,c\n')
  expect(header(['a,b', 'b', 'c'], { guard: 'none' })).toBe('"a,b","b",c\n')
  expect(header(['a'], { guard: 'formula' })).toBe('"a"\n')
  expect(header(['a'], { guard: 'none' })).toBe('a\n')
})

test('a header has the byte order mark and line end asked for, and can be left out', () => {
  expect(header(['a', 'b'], { bom: true, newline: '\r\n' })).toBe('\uFEFFa,b\r\n')
  expect(header(['a', 'b'], { bom: true, header: false })).toBe('\uFEFF')
  expect(header(['a', 'b'], { header: false })).toBe('')
})

test('P8 a heading that a spreadsheet could run as a formula is guarded, unless the guard is none', () => {
  for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', "'="]) {
    const heading = `${start}1+1`
    const read = (guard: CsvDialect['guard']): unknown =>
      parse(header([heading, 'a'], { guard }), { recordDelimiter: '\n' })[0]?.[0]
    expect(read('auth0'), start).toBe(`'${heading}`)
    expect(read('formula'), start).toBe(`'${heading}`)
    expect(read('none'), start).toBe(heading)
  }
})

test('P8 any reader returns the headings as they were, in every dialect', () => {
  const dialect = fc.record<CsvDialect>({
    guard: fc.constantFrom('auth0', 'formula', 'none'),
    bom: fc.boolean(),
    delimiter: fc.constantFrom(',', ';', '\t'),
    header: fc.constant(true),
    newline: fc.constantFrom('\n', '\r\n'),
  })
  const heading = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\t', '\n', '\r', 'é', ' ') })
  fc.assert(
    fc.property(fc.array(heading, { minLength: 1, maxLength: 5 }), dialect, (headings, given) => {
      const rows = parse(csvHeader(headings, given), {
        bom: true,
        delimiter: given.delimiter,
        recordDelimiter: given.newline,
        relaxQuotes: false,
      })
      const isFormula = (text: string): boolean => given.guard !== 'none' && /^[\t\n\r]/.test(text)
      expect(rows).toEqual([headings.map((text) => (isFormula(text) ? `'${text}` : text))])
    }),
  )
})
