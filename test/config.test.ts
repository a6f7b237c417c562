import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { placeOf } from '../src/place.ts'

test('with nothing set, every setting has its default', () => {
  expect(readConfig({}, {})).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    gzipLevel: 3,
    tls: undefined,
    databaseUrl: undefined,
  })
})

test('an option goes before the environment, and an empty value is none', () => {
  expect(readConfig({ port: '4000' }, { MUSTER_PORT: '5000' }).port).toBe(4000)
  expect(readConfig({}, { MUSTER_PORT: '5000', MUSTER_HOST: '' })).toMatchObject({
    port: 5000,
    host: '127.0.0.1',
  })
})

test('everything wrong is told at once', () => {
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

test.each([
  [{}, 'http://127.0.0.1:3000', 'muster'],
  [{ tlsSelfSigned: 'true' }, 'https://localhost:3000', 'localhost'],
  [{ host: '0.0.0.0' }, 'http://localhost:3000', 'localhost'],
  [{ host: '::1' }, 'http://[::1]:3000', 'muster'],
  [{ publicUrl: 'https://acme.example.com/' }, 'https://acme.example.com', 'acme'],
  [{ publicUrl: 'https://acme.example.com', tenant: 'other' }, 'https://acme.example.com', 'other'],
])('%j is reached at %s, tenant %s', async (options, publicUrl, tenant) => {
  expect(await placeOf(readConfig(options, {}))).toMatchObject({ publicUrl, tenant })
})
