import { expect, test } from 'vitest'
import { csvHeader } from '../../src/rows/csv-header.ts'

test('headings stand bare, and are quoted only where RFC 4180 asks for it', () => {
  expect(csvHeader(['user_id', 'identities[0].connection', 'Given Name'])).toBe(
    'user_id,identities[0].connection,Given Name\n',
  )
  expect(csvHeader(['a,b', 'say "hi"', 'two\nlines'])).toBe('"a,b","say ""hi""","two\nlines"\n')
})

test('P8 a heading that a spreadsheet could run as a formula is guarded', () => {
  for (const start of ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
    expect(
      csvHeader([`${start}1+1`])
        .replace('"', '')
        .startsWith("'"),
      start,
    ).toBe(true)
  }
})
