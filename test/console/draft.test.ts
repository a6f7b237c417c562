import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import type { ExportRequest } from '../../console/src/api/client.ts'
import {
  type Draft,
  draftOf,
  EMPTY_DRAFT,
  newColumn,
  requestOf,
  SORT_ATTRIBUTES,
} from '../../console/src/pages/new-export/draft.ts'
import {
  type Conditions,
  joinQuery,
  NO_CONDITIONS,
  splitQuery,
  unknownNames,
  withExample,
} from '../../console/src/pages/new-export/query-parts.ts'
import { CSV_DIALECT, SORT_ATTRIBUTES as SERVER_SORTS } from '../../src/domain/export-request.ts'
import { EXPORT_REQUEST } from '../../src/http/export-schema.ts'
import { parseQuery } from '../../src/search/parse-query.ts'

test('a fresh draft asks for the server’s own defaults and nothing else', () => {
  assert.deepEqual(requestOf(EMPTY_DRAFT), { format: 'csv' })
  assert.deepEqual(EMPTY_DRAFT.csv, CSV_DIALECT)
  assert.deepEqual(SORT_ATTRIBUTES, SERVER_SORTS)
})

test('a draft becomes a request with every member that was chosen', () => {
  const draft: Draft = {
    connection: 'con_1',
    format: 'csv',
    limit: ' 20 ',
    columns: [newColumn('email', 'mail'), newColumn('name')],
    query: 'name:jane OR name:joan',
    conditions: { ...NO_CONDITIONS, createdFrom: '2026-01-01', verified: true },
    since: '2026-01-31T12:00:00.000Z',
    ignoresDeletions: true,
    sort: 'email',
    isDescending: true,
    csv: { ...EMPTY_DRAFT.csv, guard: 'formula', header: false },
    discovers: true,
  }
  assert.deepEqual(requestOf(draft), {
    connection_id: 'con_1',
    format: 'csv',
    limit: 20,
    fields: [{ name: 'email', export_as: 'mail' }, { name: 'name' }],
    q: '(name:jane OR name:joan) AND created_at:>=2026-01-01 AND email_verified:true',
    since: '2026-01-31T12:00:00.000Z',
    deletions: 'ignore',
    sort: 'email:-1',
    csv: { guard: 'formula', header: false },
    metadata_columns: 'discover',
  })
})

test('options of CSV are not sent with NDJSON, which the server would refuse', () => {
  const csv = { ...EMPTY_DRAFT.csv, bom: true }
  assert.deepEqual(requestOf({ ...EMPTY_DRAFT, format: 'json', csv, discovers: true }), { format: 'json' })
})

test.each(['0', '-1', '1.5', 'ten', '99999999999999999999'])(
  'a limit of %s prevents the request',
  (limit) => {
    assert.equal(requestOf({ ...EMPTY_DRAFT, limit }), 'limit')
  },
)

test('a request of an earlier job fills the draft so that the same request comes out', () => {
  const request = {
    connection_id: 'con_1',
    format: 'csv',
    limit: 5,
    fields: [{ name: 'a', export_as: 'b' }, { name: 'c' }],
    q: '(name:jane) AND last_login:<=2026-02-01 AND NOT blocked:true',
    since: '2026-01-31T12:00:00.000Z',
    sort: 'created_at:-1',
    csv: { delimiter: '\t', newline: '\r\n' },
    metadata_columns: 'discover',
  }
  const draft = draftOf(request)
  assert.equal(draft.query, 'name:jane')
  assert.equal(draft.conditions.loginTo, '2026-02-01')
  assert.deepEqual(requestOf(draft), request)
})

interface Member {
  readonly type: string
  readonly enum?: readonly unknown[]
  readonly items?: Member
  readonly properties?: Readonly<Record<string, Member>>
  readonly required?: readonly string[]
}

/** Values of a member of a request, but not its default, which a draft leaves out. */
function valuesOf(name: string, member: Member): fc.Arbitrary<unknown> {
  const { type, enum: choices = type === 'boolean' ? [true, false] : undefined, items } = member
  const usual: unknown = CSV_DIALECT[name as keyof typeof CSV_DIALECT]
  if (choices !== undefined) return fc.constantFrom(...choices.filter((choice) => choice !== usual))
  if (type === 'object') return recordsOf(member).filter((record) => Object.keys(record).length > 0)
  if (items !== undefined) return fc.array(valuesOf(name, items), { minLength: 1, maxLength: 3 })
  return type === 'integer' ? fc.integer({ min: 1 }) : fc.constantFrom('email', 'name', 'nickname')
}

function recordsOf({ properties = {}, required = [] }: Member): fc.Arbitrary<object> {
  const members = Object.entries(properties).map(([name, member]) => [name, valuesOf(name, member)] as const)
  return fc.record(Object.fromEntries(members), { requiredKeys: [...required], noNullPrototype: true })
}

test('a request with any of the members in the API’s schema comes out of the draft unchanged', () => {
  fc.assert(
    fc.property(recordsOf(EXPORT_REQUEST as Member), (drawn) => {
      const { csv, metadata_columns, ...shared } = drawn as ExportRequest
      // The server refuses both with NDJSON.
      const ofCsv = shared.format === 'json' ? {} : { csv, metadata_columns }
      const request = JSON.parse(JSON.stringify({ format: 'csv', ...shared, ...ofCsv })) as ExportRequest
      assert.deepEqual(requestOf(draftOf(request)), request)
    }),
  )
})

test('a stored draft of any shape is read without a fault', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (stored) => {
      assert.notEqual(requestOf(draftOf(stored)), undefined)
    }),
  )
  for (const member of ['fields', 'csv', 'q', 'sort', 'limit', 'connection_id'])
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(draftOf({ [member]: value }).format, 'csv')
      }),
    )
})

const day = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
const chosenDay = fc.oneof(fc.constant(''), day)
const conditions: fc.Arbitrary<Conditions> = fc.record({
  createdFrom: chosenDay,
  createdTo: chosenDay,
  loginFrom: chosenDay,
  loginTo: chosenDay,
  verified: fc.boolean(),
  notBlocked: fc.boolean(),
  neverLoggedIn: fc.boolean(),
})
const typed = fc.string({
  maxLength: 30,
  unit: fc.constantFrom(
    '(',
    ')',
    '"',
    '\\',
    ' ',
    ' AND ',
    ' OR ',
    'name:jane',
    'email_verified:true',
    'a',
    '-',
  ),
})

test('a query that was split joins to the very same query', () => {
  fc.assert(
    fc.property(typed, conditions, (text, chosen) => {
      const q = joinQuery(text, chosen)?.q
      if (q === undefined) return
      const again = splitQuery(q)
      assert.equal(joinQuery(again.query, again.conditions)?.q, q)
    }),
  )
})

test('the server reads the typed text as one group, so that no OR in the text undoes a condition', () => {
  fc.assert(
    fc.property(typed, (text) => {
      const joined = joinQuery(text, { ...NO_CONDITIONS, verified: true })
      if (joined?.q === undefined || text.trim() === '') return
      const filter = parseQuery(joined.q)
      const alone = parseQuery(text)
      const condition = parseQuery('email_verified:true')
      if ('problem' in alone) assert.ok('problem' in filter, joined.q)
      else assert.deepEqual(filter, { kind: 'all', of: [alone, condition] })
    }),
    { numRuns: 2000 },
  )
})

test('an open parenthesis, quote or escape prevents a request with conditions', () => {
  for (const text of ['name:jane) OR (name:joan', '"jane', 'jane\\', '(jane'])
    assert.equal(
      requestOf({ ...EMPTY_DRAFT, query: text, conditions: { ...NO_CONDITIONS, verified: true } }),
      'query-open',
    )
})

test('the dates of the form are read by the server, and both ends count', () => {
  const q = joinQuery('', { ...NO_CONDITIONS, createdFrom: '2026-01-01', createdTo: '2026-01-31' })?.q
  assert.deepEqual(parseQuery(q ?? ''), parseQuery('created_at:>=2026-01-01 AND created_at:<=2026-01-31'))
})

test('an example is added behind the typed query without changing its meaning', () => {
  assert.equal(withExample('', 'a:1'), 'a:1')
  assert.equal(withExample('b:2', 'a:1'), 'b:2 AND a:1')
  assert.equal(withExample('b:2 OR c:3', 'a:1'), '(b:2 OR c:3) AND a:1')
})

test('names of metadata that no user has are found in a query, and others are left alone', () => {
  const fields = ['email', 'user_metadata.plan', 'user_metadata.a.b', 'app_metadata.list[0].id'].map(
    (name) => ({ name }),
  )
  const none = [
    '',
    'email:x user_metadata.plan:gold',
    'user_metadata.a.b.c:1 OR app_metadata.list.id:7',
    'name:"user_metadata.nothing:1"',
    'x_user_metadata.nothing:1',
    '_exists_:user_metadata.plan',
    'user_metadata.pl',
  ]
  for (const query of none) assert.deepEqual(unknownNames(query, fields), [], query)
  assert.deepEqual(
    unknownNames(
      '(user_metadata.plans:gold OR app_metadata.x.y:1) user_metadata.plans:1 (_exists_:app_metadata.z)',
      fields,
    ),
    ['user_metadata.plans', 'app_metadata.x', 'app_metadata.z'],
  )
})
