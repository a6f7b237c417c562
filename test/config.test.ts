import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { placeOf } from '../src/place.ts'

test('every setting has its default if nothing is set', () => {
  expect(readConfig({}, {})).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    gzipLevel: 2,
    tls: undefined,
    databaseUrl: undefined,
    console: true,
  })
  expect(readConfig({}, { MUSTER_CONSOLE: 'false' }).console).toBe(false)
})

test('an option overrides the environment, and an empty value counts as missing', () => {
  expect(readConfig({ port: '4000' }, { MUSTER_PORT: '5000' }).port).toBe(4000)
  expect(readConfig({}, { MUSTER_PORT: '5000', MUSTER_HOST: '' })).toMatchObject({
    port: 5000,
    host: '127.0.0.1',
  })
})

test('several wrong settings are reported together', () => {
  const attempt = () =>
    readConfig(
      { port: 'x' },
      {
        MUSTER_GZIP_LEVEL: '0',
        MUSTER_PUBLIC_URL: 'ftp://x',
        MUSTER_DEFAULT_FIELDS: 'a..b',
        MUSTER_CLIENT_ID: 'only',
      },
    )
  for (const key of [
    'MUSTER_PORT',
    'MUSTER_GZIP_LEVEL',
    'MUSTER_PUBLIC_URL',
    'MUSTER_DEFAULT_FIELDS',
    'MUSTER_CLIENT_SECRET',
  ]) {
    expect(attempt, key).toThrow(key)
  }
})

test('an igzip level that does not exist is refused', () => {
  const env = { MUSTER_COMPRESSOR: 'igzip', MUSTER_GZIP_LEVEL: '4' }
  expect(() => readConfig({}, env)).toThrow('MUSTER_COMPRESSOR and MUSTER_GZIP_LEVEL')
  expect(readConfig({}, { ...env, MUSTER_GZIP_LEVEL: '3' })).toMatchObject({
    compressor: 'igzip',
    gzipLevel: 3,
  })
})

test.each([
  ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, isSecure: false }],
  ['smtps://mail.example.com/', { host: 'mail.example.com', port: 465, isSecure: true }],
  ['smtp://[::1]:2525', { host: '::1', port: 2525, isSecure: false }],
  [
    'smtps://me%40x.io:p%3A%2Fss@mail:2465',
    { host: 'mail', port: 2465, isSecure: true, login: { user: 'me@x.io', password: 'p:/ss' } },
  ],
])('the mail server %s is accepted and read', (url, server) => {
  for (const from of ['muster@example.com', 'Muster <muster@example.com>'])
    expect(readConfig({}, { MUSTER_SMTP_URL: url, MUSTER_MAIL_FROM: from }).mail).toEqual({ server, from })
})

test.each([
  'https://hunter2@mail',
  'smtp://me:hunter2@mail/inbox',
  'smtp://me:hunter2@mail?debug=true',
  'smtp://:hunter2@mail',
  'smtp://hunter2@mail',
  'smtp://me:hunter2%@mail',
  'hunter2',
])('P9 the mail server %s is refused without being repeated', (url) => {
  const attempt = () => readConfig({}, { MUSTER_SMTP_URL: url, MUSTER_MAIL_FROM: 'a@x.io' })
  expect(attempt).toThrow(/MUSTER_SMTP_URL: expected/)
  expect(attempt).not.toThrow(/hunter2/)
})

test.each(['Muster', 'a@x.io\r\nBcc: b@x.io', 'a@x.io, b@x.io', 'Muster <a@x.io> b', '<a@x.io>'])(
  'the sender %j is refused as a setting',
  (from) => {
    const attempt = () => readConfig({}, { MUSTER_SMTP_URL: 'smtp://mail', MUSTER_MAIL_FROM: from })
    expect(attempt).toThrow(/MUSTER_MAIL_FROM: expected an address/)
  },
)

test('a mail server without a sender is refused, and a sender without a mail server', () => {
  for (const env of [{ MUSTER_SMTP_URL: 'smtp://mail' }, { MUSTER_MAIL_FROM: 'a@x.io' }])
    expect(() => readConfig({}, env)).toThrow(
      'MUSTER_SMTP_URL and MUSTER_MAIL_FROM: expected both or neither',
    )
})

test.each([
  [{}, 'http://127.0.0.1:3000', 'muster'],
  [{ tlsSelfSigned: 'true' }, 'https://localhost:3000', 'localhost'],
  [{ host: '0.0.0.0' }, 'http://localhost:3000', 'localhost'],
  [{ host: '::1' }, 'http://[::1]:3000', 'muster'],
  [{ publicUrl: 'https://acme.example.com/' }, 'https://acme.example.com', 'acme'],
  [{ publicUrl: 'https://acme.example.com', tenant: 'other' }, 'https://acme.example.com', 'other'],
])('a server with the settings %j has the URL %s and the tenant %s', async (options, publicUrl, tenant) => {
  expect(await placeOf(readConfig(options, {}))).toMatchObject({ publicUrl, tenant })
})

test('files lie in the data folder, in another folder, or in a bucket', () => {
  const objectsOf = (env: Record<string, string>) =>
    readConfig({}, { MUSTER_DATA_DIR: '/data', ...env }).objects
  expect(objectsOf({})).toEqual({ kind: 'folder', folder: '/data/objects' })
  expect(objectsOf({ MUSTER_OBJECTS: '/files' })).toEqual({ kind: 'folder', folder: '/files' })
  expect(objectsOf({ MUSTER_OBJECTS: 's3://files' })).toEqual({
    kind: 's3',
    bucket: 'files',
    prefix: '',
    endpoint: undefined,
    region: undefined,
    isPathStyle: false,
    encryption: { kind: 'none' },
  })
  const elsewhere = { MUSTER_OBJECTS: 's3://files/a/b/', MUSTER_S3_ENDPOINT: 'http://127.0.0.1:9000/' }
  expect(objectsOf({ ...elsewhere, MUSTER_S3_SSE: 'aws:kms:arn:aws:kms:eu-west-1:1:key/k' })).toEqual({
    kind: 's3',
    bucket: 'files',
    prefix: 'a/b/',
    endpoint: 'http://127.0.0.1:9000',
    region: 'us-east-1',
    isPathStyle: true,
    encryption: { kind: 'aws:kms', keyId: 'arn:aws:kms:eu-west-1:1:key/k' },
  })
})

test.each([
  's3://',
  's3://x',
  's3://files/../other',
  's3://files/a b',
  'gs://files',
  'https://s3.example.com/files',
])('the place %s for files is refused', (place) => {
  expect(() => readConfig({}, { MUSTER_OBJECTS: place })).toThrow(/MUSTER_OBJECTS: expected a folder, or s3/)
})

test('direct downloads are refused where files lie in a folder', () => {
  const env = { MUSTER_DOWNLOADS: 'direct' }
  expect(() => readConfig({}, env)).toThrow(
    /MUSTER_DOWNLOADS: expected through where MUSTER_OBJECTS is a folder/,
  )
  expect(readConfig({}, { ...env, MUSTER_OBJECTS: 's3://files' }).downloads).toBe('direct')
})
