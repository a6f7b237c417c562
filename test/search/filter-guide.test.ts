import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseQuery } from '../../src/search/parse-query.ts'
import { rowsOf } from '../tidy/documents.ts'

const guide = readFileSync('docs/filter.md', 'utf8')

const examples = [...guide.matchAll(/^- `([^`]+)`/gm)].map(([, query = '']) => query)

test.each(examples)('the guide shows the query %s, which is valid', (query) => {
  expect(parseQuery(query)).not.toHaveProperty('problem')
})

const refusals = rowsOf(guide, /./).filter(([, position = '']) => /^\d+$/.test(position))

test.each(refusals)(
  'the guide says that %s is refused at %s, because %s',
  (query = '', position, problem) => {
    expect(parseQuery(query)).toEqual({ position: Number(position), problem })
  },
)

test('the guide has enough examples and refusals', () => {
  expect(examples.length).toBeGreaterThan(40)
  expect(refusals.length).toBeGreaterThan(10)
})

// The same by another name, as the guide says.
test.each([
  ['name:"jane smith"', 'name:jane\\ smith'],
  ['name:jane OR name:joan', 'name:jane name:joan'],
  ['name:jane AND NOT blocked:true', 'name:jane -blocked:true'],
  ['name:(jane OR joan)', 'name:jane OR name:joan'],
  ['name:*', '_exists_:name'],
  ['logins_count:{100 TO *]', 'logins_count:>100'],
])('the query %s is read like %s', (one, other) => {
  expect(parseQuery(one)).toEqual(parseQuery(other))
})
