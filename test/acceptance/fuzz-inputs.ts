import fc from 'fast-check'

/** A users file and how it is sent. */
export interface UsersFile {
  readonly way: 'form' | 'stream'
  readonly type: string
  readonly bytes: Buffer
  readonly parameters: Readonly<Record<string, string>>
}

const TEXTS = [
  ...[
    '',
    ' ',
    'a',
    "'",
    '"',
    ',',
    ';',
    '\t',
    '\n',
    '\r\n',
    '\\',
    '=1+1',
    "'=x",
    'é',
    '😀',
    '日本',
    '\u2028',
    '\u0085',
    '\u0000',
    '\ud800',
  ],
  ...[
    'null',
    'true',
    'TRUE',
    '12E5',
    '17841461234567891',
    '-0',
    '1e400',
    'auth0|x',
    'ann@example.com',
    'Ann@Example.com',
  ],
  ...[
    '$2b$10$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuuabcdefghijklmno',
    'x'.repeat(400),
    '2024-01-15T10:30:00.000Z',
    '{"a":1}',
    '[1]',
  ],
]
const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 20 }))

const NUMBERS = [
  '0',
  '-0',
  '1.50',
  '1e5',
  '1E+3',
  '9007199254740993',
  '17841461234567891',
  '1e308',
  '1e-400',
  `${'9'.repeat(120)}`,
]
// A number as its digits: JSON.stringify writes the text, and the quotes around it are taken off behind it.
const MARK = '\uE000'
const number = fc.constantFrom(...NUMBERS).map((digits) => `${MARK}${digits}${MARK}`)

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom('a', 'b', 'plan', 'token', 'a.b')), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value

const NAMES = [
  ...[
    'email',
    'email_verified',
    'username',
    'phone_number',
    'phone_verified',
    'user_id',
    'name',
    'given_name',
    'nickname',
    'picture',
  ],
  ...[
    'blocked',
    'user_metadata',
    'app_metadata',
    'identities',
    'created_at',
    'updated_at',
    'last_login',
    'logins_count',
    'multifactor',
  ],
  ...[
    'password_hash',
    'custom_password_hash',
    'mfa_factors',
    'password',
    'Email',
    ' name',
    'locale',
    'https://example.com/dept',
    '__proto__',
  ],
  ...['user_metadata.plan', 'identities[0].connection', 'app_metadata["a.b"]', 'deleted', '_id'],
]

const email = fc
  .tuple(fc.nat(3000), fc.constantFrom('example.com', 'EXAMPLE.org', 'x..y'))
  .map(([n, host]) => `u${n}@${host}`)
const soundUser = fc.record(
  {
    email,
    name: text,
    user_metadata: fc.dictionary(text, value, { maxKeys: 3 }),
    app_metadata: fc.dictionary(fc.constantFrom('plan', 'n', 'list'), value, { maxKeys: 3 }),
  },
  { requiredKeys: ['email'] },
)
const anyUser = fc.oneof(
  { weight: 4, arbitrary: soundUser },
  { weight: 3, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(value, email), { maxKeys: 8 }) },
  { weight: 1, arbitrary: value },
)

function written(item: unknown): string {
  return JSON.stringify(item)
    .replaceAll(new RegExp(`"${MARK}([^"${MARK}]*)${MARK}"`, 'g'), '$1')
    .replaceAll(MARK, '')
}

// A file that is nearly right finds more than noise: some bytes of it are overwritten, cut off or doubled.
const damage = fc.option(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    how: fc.constantFrom('cut', 'byte', 'double'),
    byte: fc.nat(255),
  }),
  { freq: 3 },
)

function damaged(bytes: Buffer, how: { at: number; how: string; byte: number } | null): Buffer {
  if (how === null || bytes.length === 0) return bytes
  const at = Math.floor(how.at * (bytes.length - 1))
  if (how.how === 'cut') return bytes.subarray(0, at)
  if (how.how === 'double') return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.floor(at / 2))])
  const copy = Buffer.from(bytes)
  copy[at] = how.byte
  return copy
}

const cell = fc
  .oneof(text, email, fc.constantFrom('true', 'FALSE', '12', '00367', '"{""a"":1}"', '""'))
  .map((content) =>
    /["\r\n]/.test(content) && !content.startsWith('"') ? `"${content.replaceAll('"', '""')}"` : content,
  )
const csv = fc
  .record({
    headings: fc.uniqueArray(fc.constantFrom(...NAMES, ''), { minLength: 1, maxLength: 6 }),
    rows: fc.array(fc.array(cell, { minLength: 1, maxLength: 7 }), { maxLength: 15 }),
    delimiter: fc.constantFrom(',', ';', '\t'),
    end: fc.constantFrom('\n', '\r\n'),
    isFitted: fc.boolean(),
  })
  .map(({ headings, rows, delimiter, end, isFitted }) => {
    const fitted = rows.map((row) => (isFitted ? headings.map((_, at) => row[at % row.length] ?? '') : row))
    return [headings, ...fitted].map((line) => line.join(delimiter)).join(end)
  })

const users = fc.array(anyUser, { maxLength: 20 })
const STREAMS = [
  { type: 'application/x-ndjson', text: users.map((all) => all.map(written).join('\n')) },
  { type: 'application/json', text: users.map((all) => `[${all.map(written).join(',')}]`) },
  { type: 'text/csv', text: csv },
]

const upsert = fc.constantFrom('false', 'true', 'overwrite', 'merge')
const streamParameters = fc.record(
  { upsert, preserve: fc.constantFrom('true', 'false'), dry_run: fc.constantFrom('true', 'false') },
  { requiredKeys: [] },
)
const formParameters = fc.record(
  {
    upsert: fc.constantFrom('true', 'false', 'True', '1'),
    external_id: text,
    preserve: fc.constantFrom('true', 'false'),
  },
  { requiredKeys: [] },
)

const stream = fc.oneof(
  ...STREAMS.map(({ type, text: content }) =>
    fc.record({ content, harm: damage, parameters: streamParameters }).map(
      ({ content: whole, harm, parameters }): UsersFile => ({
        way: 'stream',
        type,
        bytes: damaged(Buffer.from(whole), harm),
        parameters,
      }),
    ),
  ),
)
const form = fc.record({ content: users, harm: damage, parameters: formParameters }).map(
  ({ content, harm, parameters }): UsersFile => ({
    way: 'form',
    type: 'application/json',
    bytes: damaged(Buffer.from(`[${content.map(written).join(',')}]`), harm),
    parameters,
  }),
)

export const usersFile: fc.Arbitrary<UsersFile> = fc.oneof(
  { weight: 3, arbitrary: stream },
  { weight: 1, arbitrary: form },
)

const QUERY_PIECES = [
  ...[
    'email:',
    'name:',
    'user_metadata.plan:',
    'app_metadata.n:',
    'created_at:',
    'logins_count:',
    '_exists_:',
    '_missing_:',
    'email.domain:',
    'locale:',
  ],
  ...[
    '"',
    '\\',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '*',
    '?',
    '~',
    '^',
    ':',
    '+',
    '-',
    '!',
    '&&',
    '||',
    ' AND ',
    ' OR ',
    ' NOT ',
    ' TO ',
    '/',
    '“',
    '”',
  ],
  ...[
    'a',
    'ann',
    '5',
    '17841461234567891',
    '1e5',
    '2017',
    '2017-11-02T10:30:00Z',
    'true',
    'example.com',
    '\\"',
    "'",
    '$1',
    '%',
    '😀',
    'null',
    ' ',
  ],
]

export const query = fc
  .array(
    fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...QUERY_PIECES) }, { weight: 1, arbitrary: text }),
    { minLength: 1, maxLength: 14 },
  )
  .map((pieces) => Buffer.from(pieces.join('')).toString())
  // A search for nothing finds all users, and an export refuses it.
  .filter((q) => q !== '')

const fieldName = fc.oneof(
  fc.constantFrom(
    ...NAMES,
    'user_metadata.a.b[0]',
    '["a.b"].c',
    'app_metadata["x"]',
    'urn:oid:2.5.4.42',
    'a[999999999]',
    'a..b',
  ),
  text,
)
const soundRequest = fc.record(
  {
    format: fc.constantFrom('csv', 'json'),
    limit: fc.constantFrom(1, 7, 1000),
    fields: fc.array(fc.record({ name: fieldName, export_as: text }, { requiredKeys: ['name'] }), {
      maxLength: 8,
    }),
    q: query,
    sort: fc.constantFrom('email:1', 'created_at:-1', 'logins_count:1', 'user_id:-1', 'last_login:1'),
    csv: fc.record(
      {
        guard: fc.constantFrom('auth0', 'formula', 'none'),
        delimiter: fc.constantFrom(',', ';', '\t'),
        bom: fc.boolean(),
        header: fc.boolean(),
        newline: fc.constantFrom('\n', '\r\n'),
      },
      { requiredKeys: [] },
    ),
    metadata_columns: fc.constant('discover'),
  },
  { requiredKeys: [] },
)

/** A body of an export request, as text: sound, nearly sound, or of any shape. */
export const exportRequest: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 6, arbitrary: soundRequest },
    {
      weight: 2,
      arbitrary: fc
        .tuple(soundRequest, fc.constantFrom('format', 'limit', 'fields', 'sort', 'csv', 'x'), value)
        .map(([body, name, odd]) => ({ ...body, [name]: odd })),
    },
    { weight: 1, arbitrary: value },
  )
  .map(written)
