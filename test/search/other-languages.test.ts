import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ATTRIBUTE_NAMES } from '../../src/domain/profile.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

describe('a query in another language', () => {
  test.each<[string, number, string]>([
    ['_missing_:last_login', 0, 'write NOT _exists_:last_login'],
    ['(_missing_:logins_count OR logins_count:0)', 1, 'write NOT _exists_:logins_count'],
    ['email:a AND _missing_:"app_metadata.plan"', 12, 'write NOT _exists_:app_metadata.plan'],
    ['exists:email', 0, '_exists_ was probably meant'],
    ['user_metadata.city:”Seattle”', 19, '” is no quote here: write "'],
    ['name:“jane smith”', 5, '“ is no quote here'],
    ['„jane“', 0, '„ is no quote here'],
    ['name:«jane»', 5, '« is no quote here'],
    ['name:‘jane’', 5, '‘ is no quote here'],
    ["email:'jane@example.com'", 6, "' is no quote here"],
    ['name:`jane`', 5, '` is no quote here'],
    ['email：jane@example.com', 5, '： is not the colon : here'],
    ['name:/joh?n(athan)?/', 5, 'regular expressions are not understood'],
    ['/jane.*/', 0, 'regular expressions are not understood'],
    ['name:/(jane|joan) smith/ AND blocked:true', 5, 'regular expressions are not understood'],
    ['email=jane@example.com', 5, '= is no operator here: write email:value'],
    ['email == "jane@example.com"', 6, '== is an operator of another language'],
    ["email = 'jane@example.com'", 6, '= is an operator of another language'],
    ['name != "x"', 5, '!= is no operator here'],
    ['blocked != true', 0, 'blocked is an attribute and has no value: write blocked:value'],
    ['blocked!=true', 7, '!= is no operator here'],
    ['logins_count>=5', 12, '>= is no operator here: write logins_count:>=value'],
    ['email:=jane', 6, '= is an operator of another language'],
    ['userName eq "jane"', 9, 'eq is an operator of another language'],
    ['displayName eq "Jane"', 12, 'eq is an operator of another language'],
    ['email co "example.com" and nickname eq "a"', 6, 'co is an operator of another language'],
    ['created_at gt "2020"', 0, 'created_at is an attribute and has no value'],
    ['name:x AND email eq "y"', 17, 'eq is an operator of another language'],
    ["name LIKE 'jo%'", 10, "' is no quote here"],
    ['name LIKE "jo%"', 5, 'LIKE is an operator of another language'],
    ['email IS NULL', 6, 'write NOT _exists_:email'],
    ['email is not null', 6, 'write _exists_:email'],
    ['name:jo%', 5, 'the wildcard is *'],
    ['name:jane and blocked:true', 10, 'operators are written in capitals: AND'],
    ['name:jane or (blocked:true)', 10, 'operators are written in capitals: OR'],
    ['name:jane And not blocked:true', 10, 'operators are written in capitals'],
    ['not blocked:true', 0, 'operators are written in capitals: NOT'],
    ['name:jane AND not blocked:true', 14, 'operators are written in capitals: NOT'],
    ['name:(jane or joan)', 11, 'operators are written in capitals: OR'],
    ['name:jane & blocked:true', 10, '& alone is no operator: write AND'],
    ['name:jane | name:joan', 10, '| alone is no operator: write OR'],
    ['last_login:null', 11, 'only as NOT _exists_:last_login'],
    ['email:null', 6, 'null means no value here only as NOT _exists_:email; the text is written "null"'],
    ['user_metadata.x:undefined', 16, 'only as NOT _exists_:user_metadata.x'],
    ['email:!jane', 6, 'write NOT email:'],
    ['{"email":"jane@example.com"}', 0, 'this is JSON'],
    ['{ "$or": [] }', 0, 'this is JSON'],
    ['{email: "x"}', 0, 'this is JSON'],
    ['NOT email_verified', 4, 'email_verified is an attribute and has no value'],
    ['blocked AND name:jane', 0, 'blocked is an attribute and has no value'],
    ['user_id:auth0%7C123', 13, '%7C is percent-encoded twice'],
    ['email:\u200bjane@example.com', 6, 'an invisible character stands at an end of this word'],
    ['Email:jane@example.com', 0, 'Email is no attribute: email was probably meant'],
    ['e-mail:jane@example.com', 0, 'e-mail is no attribute: email was probably meant'],
    ['emails:jane@example.com', 0, 'emails is no attribute: email was probably meant'],
    ['createdAt:2020', 0, 'createdAt is no attribute: created_at was probably meant'],
    ['user_metdata.x:5', 0, 'user_metdata.x is no attribute: user_metadata.x was probably meant'],
    ['app-metadata.x:5', 0, 'app_metadata.x was probably meant'],
    ['metadata.x:5', 0, 'user_metadata.x or app_metadata.x was probably meant'],
    ['user.email:x', 0, 'email was probably meant'],
    ['_exists_:Email', 9, 'Email is no attribute: email was probably meant'],
    ['identities.is_social:true', 0, 'identities.isSocial was probably meant'],
    ['identities.0.connection:x', 0, 'positions in arrays are left out'],
    ["'email':x", 0, "' is no quote here"],
    ['q=email:x', 0, 'q=email is no attribute: email was probably meant'],
    ['a=b:x', 0, "a field's name holds no ="],
    ['https://example.com/dept:x', 5, "a colon in a field's name is written \\:"],
    ['email:', 6, 'expected a value before the end'],
    ['_exists_:"email"', 9, "_exists_ takes a field's name, without quotes"],
  ])(
    'a query in another language is refused with the place and what to write: %s',
    (query, position, problem) => {
      expect(parseQuery(query)).toEqual({ position, problem: expect.stringContaining(problem) })
    },
  )

  test('a query with an attribute’s name misspelled is refused with the place', () => {
    const slips = [
      (name: string) => name.toUpperCase(),
      (name: string) => name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      (name: string) => name.replaceAll('_', '-'),
      (name: string) => `${name[0]}${name}`,
      (name: string) => `${name}s`,
    ]
    fc.assert(
      fc.property(fc.constantFrom(...ATTRIBUTE_NAMES), fc.constantFrom(...slips), (name, slip) => {
        const written = slip(name)
        fc.pre(!ATTRIBUTE_NAMES.some((known) => known === written))
        expect(parseQuery(`${written}:x`)).toHaveProperty('position', 0)
        expect(parseQuery(`_exists_:${written}`)).toHaveProperty('position', 9)
      }),
      propertyRuns(200),
    )
  })
})

test.each([
  ...[
    'locale:de',
    'gender:f',
    'upn:x',
    'tenantid:x',
    'organization_id:org_1',
    'sub:x',
    'last_name:x',
    'id:5',
  ],
  ...['\\emails:x', '\\metadata.x:5', 'locked:true', 'email2:x', 'https\\://example.com/dept:x'],
  ...[
    'name:O’Brien',
    "name:o'brien",
    "name:'t\\ Hooft",
    'Black and Decker',
    'jane and john',
    'and',
    'or',
    'not',
  ],
  ...[
    'Johnson \\& Johnson',
    'a&b',
    'name:"null"',
    'name:\\null',
    'name:"/jane/"',
    'name:\\/jane/',
    'picture:/home/jane.png',
  ],
  ...[
    'app_metadata.path:/home/ann/x/',
    'app_metadata.progress:100%',
    'name:jane!',
    'name',
    'email',
    'a=b',
    'x==y',
  ],
  ...[
    '"email=x"',
    'user_metadata.x:none',
    'phone_number:+44',
    'logins_count:-5',
    'jean le bon',
    'name:"“jane”"',
  ],
  ...[
    'user_metadata.items.0.name:x',
    'name:jane\\ and\\ joan',
    'NOT name:jane',
    '!name:jane',
    'name:日本',
    'name:👩‍👩‍👧',
  ],
])('the query %s is accepted', (query) => expect(parseQuery(query)).not.toHaveProperty('problem'))

test('a claim is one name unless a dot in the query is escaped', () => {
  const inExtra = (steps: string[]) => ({
    kind: 'inside',
    field: { root: 'extra', steps },
    test: { kind: 'equals', text: 'x' },
  })
  expect(parseQuery('https\\://example.com/dept:x')).toEqual(inExtra(['https://example.com/dept']))
  expect(parseQuery('urn\\:oid\\:2.5.4.42:x')).toEqual(inExtra(['urn:oid:2.5.4.42']))
  expect(parseQuery('https\\://x\\.io/claim.role:x')).toEqual(inExtra(['https://x.io/claim', 'role']))
  expect(parseQuery('address.city:x')).toEqual(inExtra(['address', 'city']))
})
