// The exports that compare-exports.js asks two builds for. `connection` is a name.

const named = (names) => names.map((name) => ({ name }))
const FORMATS = ['csv', 'json']
const GUARDS = ['auth0', 'formula', 'none']

const PATHS = [
  ...[
    'user_id',
    'email',
    'name',
    'logins_count',
    'blocked',
    'last_login',
    'locale',
    'identities[0].connection',
  ],
  ...[
    'identities[0].user_id',
    'user_metadata.consent.given',
    'user_metadata.consent.date',
    'app_metadata.stripe',
  ],
  ...[
    'app_metadata.stripe[0].customer_id',
    'user_metadata.a',
    'user_metadata.0',
    'user_metadata["a.b"]',
    'email.x',
  ],
  ...['app_metadata["-1"]', 'user_metadata.n', 'app_metadata.plan', 'multifactor[0]', 'nowhere.at.all'],
]

const FIELDS = [
  undefined,
  named(PATHS),
  [{ name: 'email', export_as: '=Mail' }, { name: 'user_id', export_as: 'a,"b"\nc' }, { name: 'email' }],
  [{ name: 'user_metadata.consent.given' }],
  // Two fields have the same heading. A JSON line can hold only one of them.
  [{ name: 'name', export_as: 'x' }, { name: 'given_name', export_as: 'x' }, { name: 'user_metadata.n' }],
]

const WHOLE = named([
  ...[
    'user_id',
    'identities',
    'user_metadata',
    'app_metadata',
    'multifactor',
    'created_at',
    'updated_at',
    'last_login',
  ],
  ...[
    'user_metadata.n',
    'app_metadata.plan',
    'app_metadata.stripe[0]',
    'locale',
    'picture',
    'nickname',
    'phone_number',
  ],
])

const IDS = named(['user_id', 'email'])

const QUERIES = [
  'email:*@mail.example',
  'email.domain:post.example',
  'logins_count:[500 TO *]',
  'NOT _exists_:last_login',
  'app_metadata.plan:pro AND created_at:[2016 TO 2020]',
  'user_metadata.consent.given:true',
  'name:"changed 1" OR given_name:=G1*',
  'user_id:auth0|000000000000000000000001',
  'nobody-is-called-so',
  'blocked:true OR locale:de*',
]

const SORTS = ['created_at', 'updated_at', 'last_login', 'email', 'user_id', 'logins_count'].flatMap(
  (name) => [`${name}:1`, `${name}:-1`],
)

const LIMITS = [1, 777, 20_000, 25_001, 1_000_000]

/** All dialects of CSV, for the users whose values need quotes, escapes or guards. */
function dialects() {
  const all = GUARDS.flatMap((guard) =>
    [',', ';', '\t'].flatMap((delimiter) =>
      ['\n', '\r\n'].flatMap((newline) =>
        [true, false].flatMap((bom) =>
          [true, false].map((header) => ({ guard, delimiter, newline, bom, header })),
        ),
      ),
    ),
  )
  return all.flatMap((csv) => [
    { format: 'csv', connection: 'Nasty', csv, fields: named(PATHS) },
    { format: 'csv', connection: 'Nasty', csv, metadata_columns: 'discover' },
  ])
}

const inBothFormats = (bodies) => FORMATS.flatMap((format) => bodies.map((body) => ({ format, ...body })))

export function comparedExports() {
  // Never over all users: those of fuzzed metadata make a thousand columns, for each of the others an empty cell.
  const discovering = GUARDS.flatMap((guard) =>
    [
      { connection: 'Many' },
      { connection: 'Customers', limit: 777 },
      { connection: 'Staff', sort: 'email:-1' },
    ].map((more) => ({ format: 'csv', csv: { guard }, metadata_columns: 'discover', ...more })),
  )
  return [
    ...inBothFormats([
      ...FIELDS.flatMap((fields) => [
        { fields },
        { fields, connection: 'Nasty' },
        { fields, connection: 'Customers' },
      ]),
      ...QUERIES.flatMap((q) => [
        { q },
        { q, limit: 333 },
        { q, sort: 'email:1' },
        { q, connection: 'Many' },
      ]),
      ...SORTS.flatMap((sort) => [{ sort }, { sort, limit: 23_456, fields: IDS }]),
      ...LIMITS.flatMap((limit) => [{ limit }, { limit, connection: 'Many' }]),
    ]),
    ...['Nasty', 'Many', undefined].map((connection) => ({ format: 'json', connection, fields: WHOLE })),
    ...GUARDS.map((guard) => ({ format: 'csv', csv: { guard } })),
    ...discovering,
    ...dialects(),
  ]
}

/** Run with a `since`, after changes. */
export function sinceExports() {
  return inBothFormats([
    ...[{}, { connection: 'Many' }, { connection: 'Staff' }, { q: 'app_metadata.plan:pro' }],
    ...[{ sort: 'email:-1' }, { limit: 10 }, { sort: 'created_at:1', limit: 30 }],
  ])
}

export function refusedExports() {
  const tooMany = named(Array.from({ length: 31 }, (_, n) => `user_metadata.f${n}`))
  return [
    ...['parquet', '', 7].map((format) => ({ format })),
    ...[{ fields: tooMany }, { fields: named(['user_metadata']) }, { fields: named(['identities']) }].map(
      (more) => ({
        ...{ format: 'csv' },
        ...more,
      }),
    ),
    ...[
      { fields: named(Array.from({ length: 501 }, (_, n) => `a${n}`)) },
      { csv: { bom: true } },
      { csv: {} },
    ].map((more) => ({ ...{ format: 'json' }, ...more })),
    ...[
      { format: 'json', metadata_columns: 'discover' },
      { csv: { guard: 'no' } },
      { sort: 'name:1' },
      { q: 'a:[' },
    ],
    ...[{ limit: 0 }, { since: '2000-01-01T00:00:00Z', format: 'json' }, { since: '2000', format: 'csv' }],
    { fields: named(['a..b']) },
  ]
}
