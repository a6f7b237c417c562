import { expect, test } from 'vitest'
import { readsIn, sidesOf } from '../../src/inspect/explained.ts'

const scan = { 'Node Type': 'Seq Scan', Schema: 'public', 'Relation Name': 'member', Alias: 'm' }

test('a condition falls apart at its ANDs, but not inside of brackets, texts and names', () => {
  const Filter = `(((a)::text = 'x AND (y'::text) AND ("b AND c" = 1) AND ((d = 1) OR ((e = 2) AND (f = 3))))`
  expect(readsIn({ ...scan, Filter })[0]?.checked).toEqual([
    `((a)::text = 'x AND (y'::text)`,
    `("b AND c" = 1)`,
    '((d = 1) OR ((e = 2) AND (f = 3)))',
  ])
  expect(readsIn({ ...scan, Filter: '(a IS NULL)' })[0]?.checked).toEqual(['(a IS NULL)'])
})

test('an index finds rows by its own condition, and by those of the bitmap below', () => {
  const index = { ...scan, 'Node Type': 'Index Scan', 'Index Cond': '(m.id = 1)', Filter: '(m.x = 2)' }
  const bitmap = {
    ...scan,
    'Node Type': 'Bitmap Heap Scan',
    Plans: [
      {
        'Node Type': 'BitmapOr',
        Plans: [{ 'Node Type': 'Bitmap Index Scan', 'Index Cond': '(m.id = 3)' }],
      },
    ],
  }
  const plan = { 'Node Type': 'Nested Loop', Plans: [index, { 'Node Type': 'Sort', Plans: [bitmap] }] }
  expect(readsIn(plan).map(({ found, checked }) => ({ found, checked }))).toEqual([
    { found: ['(m.id = 1)'], checked: ['(m.x = 2)'] },
    { found: ['(m.id = 3)'], checked: [] },
  ])
})

test('only an equation has two sides', () => {
  expect(sidesOf(`((user_id)::text = (u.id)::text)`)).toEqual(['(user_id)::text', '(u.id)::text'])
  expect(sidesOf(`(a = ' = ')`)).toEqual(['a', `' = '`])
  expect(sidesOf('(a >= 1)')).toBeUndefined()
  expect(sidesOf('(a IS NULL)')).toBeUndefined()
})
