import { describe, expect, test } from 'vitest'
import type { Clause, Filter } from '../../src/domain/filter.ts'
import { parseQuery, QUERY_LENGTH_MAX } from '../../src/search/parse-query.ts'

const a = bare('a')
const b = bare('b')
const c = bare('c')

function bare(text: string): Filter {
  return { kind: 'anywhere', test: { kind: 'equals', text } }
}
function all(...of: Filter[]): Filter {
  return { kind: 'all', of }
}
function any(...of: Filter[]): Filter {
  return { kind: 'any', of }
}
function not(of: Filter): Filter {
  return { kind: 'not', of }
}
function equals(field: 'name' | 'email' | 'user_id' | 'phone_number' | 'email.domain', text: string): Clause {
  return { kind: 'text', field, test: { kind: 'equals', text } }
}
function inside(root: 'app_metadata' | 'identities' | 'extra', steps: string[], text: string): Clause {
  return { kind: 'inside', field: { root, steps }, test: { kind: 'equals', text } }
}
function logins(from: number | undefined, upTo: number | undefined): Clause {
  return { kind: 'integer', field: 'logins_count', from, upTo }
}
function created(from: string | undefined, before: string | undefined): Clause {
  return { kind: 'moment', field: 'created_at', from, before }
}

describe('clauses', () => {
  test.each<[string, Filter]>([
    ['jane', bare('jane')],
    ['"jane smith"', bare('jane smith')],
    ['  jane  ', bare('jane')],
    ['name:jane', equals('name', 'jane')],
    ['name: jane', equals('name', 'jane')],
    ['name:"jane smith"', equals('name', 'jane smith')],
    ['name:jane\\ smith', equals('name', 'jane smith')],
    ['name:""', equals('name', '')],
    ['name:"a \\"b\\" \\\\ * ? (c"', equals('name', 'a "b" \\ * ? (c')],
    ['name:a\\*b', equals('name', 'a*b')],
    ['user_id:auth0|59', equals('user_id', 'auth0|59')],
    ['phone_number:+441234', equals('phone_number', '+441234')],
    ['email.domain:example.com', equals('email.domain', 'example.com')],
    ['email_verified:true', { kind: 'boolean', field: 'email_verified', is: true }],
    ['blocked:"false"', { kind: 'boolean', field: 'blocked', is: false }],
    ['app_metadata.a.b:5', inside('app_metadata', ['a', 'b'], '5')],
    ['app_metadata.a\\.b\\ c:x', inside('app_metadata', ['a.b c'], 'x')],
    ['identities.profileData.email:x', inside('identities', ['profileData', 'email'], 'x')],
    ['locale:sv', inside('extra', ['locale'], 'sv')],
    ['organization_id:org_1', inside('extra', ['organization_id'], 'org_1')],
    ['https\\://x\\.io/claim:v', inside('extra', ['https://x.io/claim'], 'v')],
    ['and', bare('and')],
    ['android', bare('android')],
    ['ANDY', bare('ANDY')],
    ['a-b', bare('a-b')],
    ['a&&b', bare('a&&b')],
    ['"AND"', bare('AND')],
    ['\\AND', bare('AND')],
  ])('a clause is read as its filter: %s', (text, filter) => expect(parseQuery(text)).toEqual(filter))
})

describe('the operators of a query, from tight to loose', () => {
  test.each<[string, Filter]>([
    ['a b', any(a, b)],
    ['a OR b', any(a, b)],
    ['a || b', any(a, b)],
    ['a AND b', all(a, b)],
    ['a && b && c', all(a, b, c)],
    ['a OR b AND c', any(a, all(b, c))],
    ['a AND b OR c', any(all(a, b), c)],
    ['a AND b c', any(all(a, b), c)],
    ['(a OR b) AND c', all(any(a, b), c)],
    ['(a)', a],
    ['a AND(b OR c)', all(a, any(b, c))],
    ['NOT a', not(a)],
    ['-a', not(a)],
    ['!a', not(a)],
    ['NOT(a b)', not(any(a, b))],
    ['NOT NOT a', not(not(a))],
    ['a AND NOT b', all(a, not(b))],
    ['a OR NOT b', any(a, not(b))],
    ['a NOT b', all(a, not(b))],
    ['a -b', all(a, not(b))],
    ['a b -c', all(any(a, b), not(c))],
    ['-a -b', all(not(a), not(b))],
    ['+a b', a],
    ['+a +b -c', all(a, b, not(c))],
    ['+a', a],
    ['+a AND b', all(a, b)],
  ])('an operator binds in its documented order: %s', (text, filter) =>
    expect(parseQuery(text)).toEqual(filter),
  )
})

describe('groups of a field', () => {
  test.each<[string, Filter]>([
    ['name:(a OR b)', any(equals('name', 'a'), equals('name', 'b'))],
    ['name:(a "b c")', any(equals('name', 'a'), equals('name', 'b c'))],
    ['name:(a AND (b OR c))', all(equals('name', 'a'), any(equals('name', 'b'), equals('name', 'c')))],
    ['name:(a -b) c', any(all(equals('name', 'a'), not(equals('name', 'b'))), c)],
    ['logins_count:(>1 AND <5)', all(logins(2, undefined), logins(undefined, 4))],
    ['logins_count:([1 TO 5] OR 9)', any(logins(1, 5), logins(9, 9))],
    ['_exists_:(name email)', any({ kind: 'exists', field: 'name' }, { kind: 'exists', field: 'email' })],
  ])('a group of a field is read as its filter: %s', (text, filter) =>
    expect(parseQuery(text)).toEqual(filter),
  )
})

describe('the field _exists_', () => {
  test.each<[string, Filter]>([
    ['_exists_:last_login', { kind: 'exists', field: 'last_login' }],
    ['_exists_:app_metadata.x', { kind: 'exists', field: { root: 'app_metadata', steps: ['x'] } }],
    ['_exists_:user_metadata', { kind: 'exists', field: { root: 'user_metadata', steps: [] } }],
    ['name:*', { kind: 'exists', field: 'name' }],
    ['name:[* TO *]', { kind: 'exists', field: 'name' }],
    ['logins_count:>*', { kind: 'exists', field: 'logins_count' }],
    ['created_at:*', { kind: 'exists', field: 'created_at' }],
    ['*', all()],
  ])('a query for existence is read as its filter: %s', (text, filter) =>
    expect(parseQuery(text)).toEqual(filter),
  )
})

describe('ranges', () => {
  test.each<[string, Filter]>([
    ['logins_count:5', logins(5, 5)],
    ['logins_count:-5', logins(-5, -5)],
    ['logins_count:[1 TO 5]', logins(1, 5)],
    ['logins_count:{1 TO 5}', logins(2, 4)],
    ['logins_count:[100 TO 200}', logins(100, 199)],
    ['logins_count:{100 TO *]', logins(101, undefined)],
    ['logins_count:[ * TO 5 ]', logins(undefined, 5)],
    ['logins_count:>10', logins(11, undefined)],
    ['logins_count:>=10', logins(10, undefined)],
    ['logins_count:<10', logins(undefined, 9)],
    ['logins_count:<="10"', logins(undefined, 10)],
    [
      'name:[a TO "b c"}',
      {
        kind: 'text',
        field: 'name',
        test: {
          kind: 'range',
          from: { text: 'a', isInclusive: true },
          upTo: { text: 'b c', isInclusive: false },
        },
      },
    ],
    [
      'app_metadata.n:>1.5',
      {
        kind: 'inside',
        field: { root: 'app_metadata', steps: ['n'] },
        test: { kind: 'range', from: { text: '1.5', isInclusive: false }, upTo: undefined },
      },
    ],
  ])('a range is read as its filter: %s', (text, filter) => expect(parseQuery(text)).toEqual(filter))
})

describe('dates in a query', () => {
  test.each<[string, string | undefined, string | undefined]>([
    ['2017', '2017-01-01T00:00:00.000Z', '2018-01-01T00:00:00.000Z'],
    ['2017-12', '2017-12-01T00:00:00.000Z', '2018-01-01T00:00:00.000Z'],
    ['2017-11-02', '2017-11-02T00:00:00.000Z', '2017-11-03T00:00:00.000Z'],
    ['2016-02-29', '2016-02-29T00:00:00.000Z', '2016-03-01T00:00:00.000Z'],
    ['2017-11-02T23', '2017-11-02T23:00:00.000Z', '2017-11-03T00:00:00.000Z'],
    ['2017-11-02T10:30', '2017-11-02T10:30:00.000Z', '2017-11-02T10:31:00.000Z'],
    ['2017-11-02T10:30:59Z', '2017-11-02T10:30:59.000Z', '2017-11-02T10:31:00.000Z'],
    ['2017-11-02T10:30:00.5Z', '2017-11-02T10:30:00.500Z', '2017-11-02T10:30:00.600Z'],
    ['2017-11-02T10:30:00.123456Z', '2017-11-02T10:30:00.123Z', '2017-11-02T10:30:00.124Z'],
    ['2017-11-02T10:30+02:00', '2017-11-02T08:30:00.000Z', '2017-11-02T08:31:00.000Z'],
    ['"2017-11-02T10:30:00-01:00"', '2017-11-02T11:30:00.000Z', '2017-11-02T11:30:01.000Z'],
    ['0099', '0099-01-01T00:00:00.000Z', '0100-01-01T00:00:00.000Z'],
    ['9999', '9999-01-01T00:00:00.000Z', '~'],
    ['0001-01-01T00:00+01:00', '', ''],
    ['[2017-11 TO 2017-12]', '2017-11-01T00:00:00.000Z', '2018-01-01T00:00:00.000Z'],
    ['{2017-11 TO 2018-02}', '2017-12-01T00:00:00.000Z', '2018-02-01T00:00:00.000Z'],
    ['[* TO 2017-12-31]', undefined, '2018-01-01T00:00:00.000Z'],
    ['[2017-11-02T10:30:00Z TO *]', '2017-11-02T10:30:00.000Z', undefined],
    ['>2017', '2018-01-01T00:00:00.000Z', undefined],
    ['>=2017-11-02T10:30', '2017-11-02T10:30:00.000Z', undefined],
    ['<2017', undefined, '2017-01-01T00:00:00.000Z'],
    ['<=2017', undefined, '2018-01-01T00:00:00.000Z'],
  ])('a date is read as a time span, whole or in part: created_at:%s', (text, from, before) =>
    expect(parseQuery(`created_at:${text}`)).toEqual(created(from, before)),
  )
})

describe('wildcards', () => {
  test.each<[string, unknown]>([
    ['name:jo*', [{ text: 'jo' }, 'many']],
    ['name:j?n**e', [{ text: 'j' }, 'one', { text: 'n' }, 'many', { text: 'e' }]],
    ['name:*usa', ['many', { text: 'usa' }]],
    ['name:?u*sa', ['one', { text: 'u' }, 'many', { text: 'sa' }]],
    ['name:a\\*b*', [{ text: 'a*b' }, 'many']],
    ['app_metadata.plan:go*', [{ text: 'go' }, 'many']],
    ['jo*', [{ text: 'jo' }, 'many']],
  ])('a wildcard is read as its pattern: %s', (text, pattern) =>
    expect(parseQuery(text)).toMatchObject({ test: { kind: 'like', pattern } }),
  )
})

describe('a text that is no query', () => {
  test.each<[string, number, RegExp]>([
    ['', 0, /expected a term/],
    ['   ', 3, /expected a term/],
    ['()', 1, /expected a term/],
    ['a AND', 5, /before the end/],
    ['AND a', 0, /expected a term before AND/],
    ['a OR AND b', 5, /expected a term before AND/],
    ['a AND OR b', 6, /expected a term before OR/],
    ['a || || b', 5, /expected a term before \|\|/],
    ['NOT', 3, /before the end/],
    ['-', 1, /before the end/],
    ['(a', 0, /\( is opened here and not closed/],
    ['a)', 1, /\) closes nothing/],
    ['(a AND )', 7, /expected a value before \)/],
    ['name:', 5, /before the end/],
    ['name:)', 5, /before \)/],
    ['name:NOT a', 5, /expected a term before NOT/],
    [':a', 0, /: has no meaning here/],
    ['name:"a', 5, /quote is opened here and not closed/],
    ['😀 "a', 2, /quote is opened here and not closed/],
    ['a"b"', 1, /" has no meaning here/],
    ['"a"b', 3, /b has no meaning here/],
    ['a(b)', 1, /\( has no meaning here/],
    ['name:a:b', 6, /: has no meaning here: a plain : is written \\:, or inside quotes/],
    ['name:(a email:b)', 13, /: has no meaning here/],
    ['jane^2', 4, /\^ has no meaning here/],
    ['jane~', 4, /~ has no meaning here/],
    ['identities[0].connection:x', 10, /\[ has no meaning here/],
    ['a\\', 1, /backslash has nothing after it/],
    ['a \0', 2, /NUL or half a character/],
    ['a \ud800', 2, /NUL or half a character/],
    ['[a TO b]', 0, /a range stands after a field/],
    ['>5', 0, /a range stands after a field/],
    ['name:[a b]', 8, /expected TO/],
    ['name:[a TO b', 12, /expected \] or \}/],
    ['name:[a TO ]', 11, /\] has no meaning here/],
    ['name:[a* TO b]', 6, /the end of a range/],
    ['name:>a?', 6, /the end of a range/],
    ['logins_count:many', 13, /expected a whole number/],
    ['logins_count:1.5', 13, /expected a whole number/],
    ['logins_count:99999999999999999999', 13, /expected a whole number/],
    ['logins_count:5*', 13, /logins_count is no text/],
    ['email_verified:yes', 15, /expected true or false/],
    ['email_verified:[false TO true]', 15, /takes no range/],
    ['created_at:yesterday', 11, /expected a date/],
    ['created_at:2017-02-29', 11, /expected a date/],
    ['created_at:2017-13', 11, /expected a date/],
    ['created_at:2017-1', 11, /expected a date/],
    ['created_at:0000', 11, /expected a date/],
    ['created_at:2017-01-01T24:00', 11, /expected a date/],
    ['created_at:2017-01-01T10:00+99:00', 11, /expected a date/],
    ['created_at:2017*', 11, /created_at is no text/],
    ['user_metadata.a:x*', 16, /user_metadata takes whole values only/],
    ['user_metadata.a:*', 16, /user_metadata takes whole values only/],
    ['user_metadata.a:[1 TO 2]', 16, /user_metadata takes whole values only/],
    ['user_metadata.a:>1', 16, /user_metadata takes whole values only/],
    ['name:*sa', 5, /3 or more other characters/],
    ['?', 0, /3 or more other characters/],
    ['*😀b', 0, /3 or more other characters/],
    [`name:a${'*a'.repeat(33)}`, 5, /32 wildcards at most/],
    ['name.first:x', 0, /name has no fields inside it/],
    ['email.domain.tld:x', 0, /email has no fields inside it/],
    ['na*me:x', 0, /holds no wildcard/],
    ['*:*', 0, /holds no wildcard/],
    ['app_metadata..a:x', 0, /expected a field's name/],
    ['_exists_:>a', 9, /takes a field's name/],
    ['_exists_:"name"', 9, /without quotes/],
    ['_exists_:_exists_', 9, /not the name of an attribute/],
    ['+a OR b', 0, /a \+ has no meaning beside OR/],
    ['a OR +b', 5, /a \+ has no meaning beside OR/],
  ])('a text that is no query is refused with the position: %s', (text, position, problem) => {
    expect(parseQuery(text)).toEqual({ problem: expect.stringMatching(problem), position })
  })

  test('a query with too many characters, levels or clauses is refused', () => {
    expect(parseQuery('a'.repeat(QUERY_LENGTH_MAX))).toHaveProperty('kind')
    expect(parseQuery('a'.repeat(QUERY_LENGTH_MAX + 1))).toHaveProperty('position', QUERY_LENGTH_MAX)
    expect(parseQuery(`${'('.repeat(19)}a${')'.repeat(19)}`)).toEqual(a)
    const deep = { problem: 'a query is nested less than 20 levels deep' }
    for (const levels of [20, 21, 1000, 4000]) {
      expect(parseQuery(`${'('.repeat(levels)}a${')'.repeat(levels)}`)).toEqual({ ...deep, position: 19 })
      expect(parseQuery('('.repeat(levels))).toEqual({ ...deep, position: 19 })
      expect(parseQuery(`${'-'.repeat(levels)}a`)).toEqual({ ...deep, position: 19 })
      expect(parseQuery(`name:${'('.repeat(levels)}`)).toEqual({ ...deep, position: 24 })
    }
    expect(parseQuery('a '.repeat(64))).toHaveProperty('kind')
    const many = { problem: 'a query has 512 clauses at most, one without a field counting as 8' }
    expect(parseQuery('a '.repeat(65))).toEqual({ ...many, position: 128 })
    expect(parseQuery(`name:(${'a '.repeat(512)})`)).toHaveProperty('kind')
    expect(parseQuery(`name:(${'a '.repeat(513)})`)).toEqual({ ...many, position: 1030 })
  })
})
