import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitCells } from '../../src/decode/csv-cells.ts'
import { ExactNumber, numberOf } from '../../src/domain/exact-number.ts'
import type { FieldPath, PathStep } from '../../src/domain/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts'
import { brief, decoded, inCuts } from '../fixtures/decoding.ts'
import { type Dialect, type PlainColumn, plainCsv } from '../fixtures/plain-csv.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom("'", '"', '=', '+', '@', '＝', ',', ';', '\t', '\r', '\n', 'a', '1', ' '),
    maxLength: 4,
  }),
  fc.constantFrom(
    '',
    'true',
    'TRUE',
    'False',
    'null',
    '5',
    '5.0',
    '17841461234567891',
    '{}',
    '[]',
    "'=1",
    "''+",
  ),
)
const key = fc.oneof(
  fc.constantFrom('plan', 'a', 'b', '0', '', 'a.b', 'a[0]', ']', '__proto__', 'x,y', 'x;y', '"', '\n', '\r'),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
)
const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 60 })
const number = fc.oneof(
  fc.integer().map((n) => n + 0),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e80, max: 1e80 })
    .map((n) => numberOf(JSON.stringify(n)))
    .filter((n) => !/e-/.test(String(n))),
  fc.tuple(fc.constantFrom('', '-'), digits, digits).map(([sign, a, b]) => numberOf(`${sign}1${a}.${b}`)),
  digits.map((a) => numberOf(`7${a}`)),
)
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null))
const { value: metadata } = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  object: fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}))
const moment = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
const userOf = (text: fc.Arbitrary<string>): fc.Arbitrary<JsonObject> =>
  fc.record(
    {
      user_id: text,
      email: text,
      email_verified: fc.boolean(),
      name: text,
      created_at: moment,
      logins_count: fc.nat(),
      multifactor: fc.array(text, { minLength: 1, maxLength: 2 }),
      identities: fc.array(fc.record({ connection: text, user_id: fc.oneof(text, fc.nat()) }), {
        minLength: 1,
        maxLength: 2,
      }),
      user_metadata: metadata.filter(isJsonObject),
      app_metadata: metadata.filter(isJsonObject),
    },
    { requiredKeys: ['user_id'] },
  )
// The hardest to tell apart: a file of texts that all begin as if they were guarded.
const users = fc.oneof(
  fc.array(userOf(text), { maxLength: 6 }),
  fc.array(userOf(text.map((plain) => `'${plain}`)), { maxLength: 6 }),
)
const dialect: fc.Arbitrary<Dialect> = fc.record({
  guard: fc.constantFrom('auth0', 'formula', 'none'),
  delimiter: fc.constantFrom(',', ';', '\t'),
  newline: fc.constantFrom('\n', '\r\n'),
  bom: fc.boolean(),
})

/** Where a value's ends are: what is no container, or an empty one. */
function leaves(value: Json, steps: readonly PathStep[]): readonly (readonly PathStep[])[] {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return [steps]
  const members: readonly (readonly [PathStep, Json])[] = Array.isArray(value)
    ? value.map((item: Json, at) => [at, item] as const)
    : Object.entries(value)
  if (members.length === 0) return [steps]
  return members.flatMap(([step, member]) => leaves(member, [...steps, step]))
}

function valueAt(value: Json | undefined, [step, ...rest]: readonly PathStep[]): Json | undefined {
  if (step === undefined) return isJsonObject(value) && Object.keys(value).length > 0 ? undefined : value
  const isMember = typeof value === 'object' && value !== null && Object.hasOwn(value, step)
  const fits = isMember && Array.isArray(value) === (typeof step === 'number')
  return fits ? valueAt((value as Record<PathStep, Json>)[step], rest) : undefined
}

const ALWAYS: readonly (readonly PathStep[])[] = [['user_id'], ['email'], ['created_at']]

function columnsOf(users: readonly JsonObject[]): readonly PlainColumn[] {
  const all = [...ALWAYS, ...users.flatMap((one) => leaves(one, []))].filter(([root]) => root !== undefined)
  const distinct = [...new Map(all.map((steps) => [JSON.stringify(steps), steps])).values()]
  return distinct.map(([root, ...steps]) => {
    const path: FieldPath = { root: String(root), steps }
    return { path, isMoment: root === 'created_at' }
  })
}

test('P8 a CSV file in any dialect is read unchanged, without parameters and in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      users,
      dialect,
      fc.nat({ max: 9 }),
      fc.array(fc.nat({ max: 40 }), { maxLength: 20 }),
      async (users, how, turn, cuts) => {
        const inOrder = columnsOf(users)
        const columns = [...inOrder.slice(turn), ...inOrder.slice(0, turn)]
        const rows = users.map((one) =>
          columns.map(({ path }) => {
            const value = valueAt(one, [path.root, ...path.steps])
            return Array.isArray(value) && value.length > 0 ? undefined : value
          }),
        )
        const file = Buffer.from(plainCsv(columns, rows, how))
        const all = await decoded(inCuts(file, cuts), { format: 'csv' })
        expect(all.failure).toBeUndefined()
        expect(brief(all)).toEqual(users)
      },
    ),
    propertyRuns(300),
  )
})

test('a CSV cell is read as by another RFC 4180 reader', () => {
  const record = fc.string({
    unit: fc.constantFrom('"', '""', ',', 'a', "'", ' ', '",', ',"', ';'),
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(record, (line) => {
      const cells = splitCells(line, ',')
      if ('strayQuoteAt' in cells) expect(() => parse(line)).toThrow()
      else expect(parse(line)).toEqual([cells.map((cell) => cell.text)])
    }),
    propertyRuns(1000),
  )
})

test('a CSV file of any bytes gives the same entries in chunks of any size', async () => {
  const piece = fc.constantFrom(
    '"',
    "'",
    ',',
    ';',
    '\t',
    '\n',
    '\r\n',
    'email',
    'user_id',
    '\u00fc',
    '=',
    '""',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 40 }),
      fc.array(fc.nat({ max: 6 })),
      async (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''))
        const options = { format: 'csv', limits: { entryBytesMax: 30 } } as const
        expect(await decoded(inCuts(bytes, cuts), options)).toEqual(await decoded([bytes], options))
      },
    ),
    propertyRuns(500),
  )
})
