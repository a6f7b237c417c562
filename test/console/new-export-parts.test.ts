import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { test } from 'vitest'
import { emptyNames, headingsTwice, movedTo, swapped } from '../../console/src/pages/new-export/columns.ts'
import { guarded } from '../../console/src/pages/new-export/csv-cell.ts'
import {
  CSV_READERS,
  type CsvReader,
  choicesFor,
  readerOf,
} from '../../console/src/pages/new-export/csv-readers.ts'
import { csvRows } from '../../console/src/pages/new-export/csv-rows.ts'
import { CSV_DEFAULTS, newColumn } from '../../console/src/pages/new-export/draft.ts'
import {
  branchesIn,
  fieldsFor,
  leavesIn,
  searched,
  stepsOf,
  type TreeNode,
  treeOf,
} from '../../console/src/pages/new-export/found-fields.ts'
import { around, complaintOf } from '../../console/src/pages/new-export/places.ts'

const cell = fc.string({
  maxLength: 8,
  unit: fc.constantFrom('"', ',', ';', '\t', '\n', '\r', "'", 'a', 'é', ' '),
})

test('CSV of any cells is read as a known reader does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(',', ';', '\t'),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      (rows, delimiter, newline, bom) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
        const text = rows.map((row) => `${row.map(quoted).join(delimiter)}${newline}`).join('')
        const marked = `${bom ? '\uFEFF' : ''}${text}`
        const read = csvRows(marked, delimiter).map((row) => row.map((one) => one.text))
        assert.deepEqual(read, rows)
        const known = parse(marked, {
          delimiter,
          bom: true,
          relax_column_count: true,
          record_delimiter: newline,
        })
        assert.deepEqual(read, known)
      },
    ),
  )
})

test('bare, quoted and missing cells are distinguished, also at the end of a line', () => {
  assert.deepEqual(csvRows('a,"",\n1,,"x"\n', ','), [
    [
      { text: 'a', isQuoted: false },
      { text: '', isQuoted: true },
      { text: '', isQuoted: false },
    ],
    [
      { text: '1', isQuoted: false },
      { text: '', isQuoted: false },
      { text: 'x', isQuoted: true },
    ],
  ])
  assert.deepEqual(csvRows('', ','), [])
})

function found(name: string, users = 1) {
  return { name, types: ['text'], users, share: users / 10 }
}

function namesIn({ field, children }: TreeNode): readonly string[] {
  return [...(field === undefined ? [] : [field.name]), ...children.flatMap(namesIn)]
}

test('paths become a tree: attributes first, metadata nested by its dots', () => {
  const tree = treeOf(
    [
      'app_metadata.a.b',
      'email',
      'identities[0].connection',
      'app_metadata["x.y"]',
      'https://example.com/dept',
    ].map((name) => found(name)),
  )
  assert.deepEqual(
    tree.map(({ id }) => id),
    ['email', 'https://example.com/dept', 'app_metadata', 'identities[0]'],
  )
  assert.deepEqual(
    branchesIn(tree).map(({ id }) => id),
    ['app_metadata', 'app_metadata.a', 'identities[0]'],
  )
  assert.deepEqual(
    tree[2]?.children.map(({ label }) => label),
    ['["x.y"]', 'a'],
  )
})

test('each field of any name is in the tree once, under its own path', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.string({ minLength: 1, unit: fc.constantFrom('a', '.', '[', ']', '"', '0', ':', '/', 'b') }),
      ),
      (names) => {
        const tree = treeOf(names.map((name) => found(name)))
        const inTree = tree.flatMap(namesIn)
        assert.deepEqual([...inTree].sort(), [...names].sort())
        for (const name of names) assert.equal(stepsOf(name).join(''), name)
      },
    ),
  )
})

test('a branch gives the fields that hold no others, and what no CSV cell can hold is left out', () => {
  const fields = ['user_metadata', 'user_metadata.a', 'user_metadata.a.b', 'user_metadata.c', 'email'].map(
    (name) => found(name),
  )
  const [, metadata] = treeOf(fieldsFor('csv', fields))
  assert.equal(metadata?.field, undefined)
  assert.deepEqual(metadata && leavesIn(metadata).map(({ name }) => name), [
    'user_metadata.c',
    'user_metadata.a.b',
  ])
  assert.equal(treeOf(fieldsFor('json', fields))[1]?.field?.name, 'user_metadata')
})

test('a search finds fields by all its words in any case', () => {
  const fields = ['app_metadata.plan', 'user_metadata.Plan.name', 'email'].map((name) => found(name))
  assert.deepEqual(
    searched(fields, ' PLAN user').map(({ name }) => name),
    ['user_metadata.Plan.name'],
  )
  assert.equal(searched(fields, '').length, 3)
})

test('a column is moved before or behind another one, and by one place', () => {
  const [a, b, c] = [newColumn('a'), newColumn('b'), newColumn('c')]
  const order = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name).join('')
  assert.equal(order(movedTo([a, b, c], new Set([a.id]), { key: c.id, dropPosition: 'after' })), 'bca')
  assert.equal(order(movedTo([a, b, c], new Set([c.id]), { key: a.id, dropPosition: 'before' })), 'cab')
  assert.equal(order(swapped([a, b, c], 1, -1)), 'bac')
  assert.equal(order(swapped([a, b, c], 2, 1)), 'abc')
})

test('columns without values and headings that stand twice are found', () => {
  const columns = [
    newColumn('email'),
    newColumn('app_metadata'),
    newColumn('gone', 'email'),
    newColumn('none'),
  ]
  assert.deepEqual(emptyNames(columns, [found('email'), found('app_metadata.a'), found('none', 0)]), [
    'gone',
    'none',
  ])
  assert.deepEqual(headingsTwice(columns), ['email'])
})

test('a complaint of the server about the query has its place in the typed text', () => {
  const sent =
    "Payload validation error: 'Cannot read the query at position 14: expected a value before the end' on property q (Only users that this query finds)."
  assert.deepEqual(complaintOf(sent, 1), {
    place: 'query',
    position: 13,
    message: 'expected a value before the end',
  })
  assert.deepEqual(around('a😀b', 1), ['a', '😀', 'b'])
  assert.deepEqual(around('ab', 2), ['ab', '', ''])
})

test('a complaint about a field names its column, and any other keeps its own words', () => {
  const field =
    "Payload validation error: 'Not a path such as a.b[0].c: expected a name at position 2' on property fields[3].name (Name of the field in the profile)."
  assert.deepEqual(complaintOf(field, 0), {
    place: 'fields',
    column: 3,
    message: 'Not a path such as a.b[0].c: expected a name at position 2',
  })
  assert.deepEqual(complaintOf('The connection does not exist.', 0), {
    place: 'elsewhere',
    message: 'The connection does not exist.',
  })
})

test('the example of a guard follows the rules of docs/csv.md', () => {
  const cases = [
    ['=1', "'=1", "'=1"],
    ["'=1", "''=1", "''=1"],
    ['Grace', "'Grace", 'Grace'],
    ['x;=1', "'x;=1", "x;'=1"],
    ["x;'=1", "'x;'=1", "x;''=1"],
  ] as const
  for (const [text, auth0, formula] of cases) {
    assert.equal(guarded(text, 'auth0'), auth0)
    assert.equal(guarded(text, 'formula'), formula)
    assert.equal(guarded(text, 'none'), text)
  }
})

test('the options for a reader are those of the table in docs/csv.md', () => {
  const rows = readFileSync(new URL('../../docs/csv.md', import.meta.url), 'utf8').split('\n')
  const named = (start: string) => {
    const row = rows.find((line) => line.startsWith(`| ${start}`)) ?? ''
    return Object.assign(
      {},
      CSV_DEFAULTS,
      ...[...row.matchAll(/`(\{.*?\})`/g)].map(([, json]) => JSON.parse(json ?? '')),
    )
  }
  const titles: Readonly<Record<CsvReader, string>> = {
    auth0: 'scripts written for Auth0',
    excel: 'Excel',
    excelSemicolon: 'Excel',
    sheets: 'LibreOffice',
    databases: '`COPY',
  }
  for (const reader of CSV_READERS) {
    const semicolon = reader === 'excelSemicolon' ? { delimiter: ';' } : {}
    assert.deepEqual(choicesFor(reader), { ...named(titles[reader]), ...semicolon })
    assert.equal(readerOf(choicesFor(reader)), reader)
  }
  assert.equal(readerOf({ ...CSV_DEFAULTS, newline: '\r\n' }), undefined)
})
