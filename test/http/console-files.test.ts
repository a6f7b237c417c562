import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allRoutesApp } from '../fixtures/all-routes-app.ts'

const SCRIPT = 'console.log("hello")\n'.repeat(100)
const PAGE =
  '<!doctype html><title>Muster</title><script type="module" src="./assets/index-a1B2.js"></script>'

let folder: string
let app: FastifyInstance
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'muster-console-'))
  const built = join(folder, 'console')
  const assets = join(built, 'assets')
  mkdirSync(join(assets, 'folder.js'), { recursive: true })
  const write = (name: string, bytes: string | Buffer) => writeFileSync(join(assets, name), bytes)
  writeFileSync(join(folder, 'outside.js'), 'secret')
  writeFileSync(join(built, 'index.html'), PAGE)
  write('index-a1B2.js', SCRIPT)
  write('index-a1B2.js.br', brotliCompressSync(SCRIPT))
  write('index-a1B2.js.gz', gzipSync(SCRIPT))
  write('index-c3D4.css', 'body{}')
  write('logo-e5F6.svg', '<svg/>')
  write('inter-g7H8.woff2', 'font')
  write('.hidden.js', 'secret')
  write('key.pem', 'secret')
  app = await allRoutesApp(pino({ enabled: false }), { consoleFolder: built })
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const get = (url: string, headers = {}) => app.inject({ url, headers })

describe('the page of the console', () => {
  test('P45 GET / gives a browser the built page, whose policy allows only the files and the API of this server', async () => {
    const { statusCode, headers, body } = await get('/', { accept: 'text/html,*/*;q=0.8' })
    expect([statusCode, body]).toEqual([200, PAGE])
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('geolocation=()'),
      vary: 'accept,origin,accept-encoding',
    })
  })

  test.each(['*/*', 'application/json'])('GET / stays 404 for a client that accepts %s', async (accept) => {
    expect((await get('/', { accept })).json()).toMatchObject({ statusCode: 404, message: 'Not Found' })
  })

  test('P45 answers of the API keep the policy that allows nothing', async () => {
    for (const url of [
      '/api/v2/users',
      '/openapi.json',
      '/console/session',
      '/assets/index-a1B2.js',
      '/none',
    ])
      expect((await get(url)).headers['content-security-policy']).toBe("default-src 'none'")
  })
})

describe('files of the console', () => {
  test.each([
    ['index-a1B2.js', 'text/javascript; charset=utf-8'],
    ['index-c3D4.css', 'text/css; charset=utf-8'],
    ['logo-e5F6.svg', 'image/svg+xml; charset=utf-8'],
    ['inter-g7H8.woff2', 'font/woff2'],
  ])('the file %s comes with its type, and a browser may keep the file for ever', async (name, type) => {
    const { statusCode, headers } = await get(`/assets/${name}`)
    expect(statusCode).toBe(200)
    expect(headers).toMatchObject({
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      'x-content-type-options': 'nosniff',
    })
    expect(headers['content-encoding']).toBeUndefined()
  })

  test.each([
    ['gzip, deflate, br, zstd', 'br', brotliCompressSync(SCRIPT)],
    ['gzip, br;q=0', 'gzip', gzipSync(SCRIPT)],
    ['GZIP;q=0.5', 'gzip', gzipSync(SCRIPT)],
    ['br;q=0.000, gzip;q=0', undefined, Buffer.from(SCRIPT)],
    ['identity', undefined, Buffer.from(SCRIPT)],
    [undefined, undefined, Buffer.from(SCRIPT)],
  ])('a client that takes %s gets a file as %s', async (accepted, encoding, bytes) => {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted }
    const answer = await get('/assets/index-a1B2.js', headers)
    expect(answer.headers['content-encoding']).toBe(encoding)
    expect(answer.rawPayload.equals(bytes)).toBe(true)
    expect(answer.headers['content-length']).toBe(String(bytes.length))
  })

  test('a file that was not packed comes unpacked', async () => {
    const { headers, body } = await get('/assets/index-c3D4.css', { 'accept-encoding': 'gzip, br' })
    expect([headers['content-encoding'], body]).toEqual([undefined, 'body{}'])
  })

  test.each([
    '/assets/none.js',
    '/assets/',
    '/assets',
    '/assets/folder.js',
    '/assets/.hidden.js',
    '/assets/key.pem',
    '/assets/index-a1B2.js.br',
    '/assets/..%2findex.html',
    '/assets/..%2f..%2foutside.js',
    '/assets/%2e%2e%2f%2e%2e%2foutside.js',
    '/assets/..%5coutside.js',
    '/assets/../../outside.js',
    '/assets/a/index-a1B2.js',
    '/index.html',
    '/console',
    '/some/page',
  ])('nothing else is a file: %s is 404 in JSON', async (url) => {
    const { statusCode, headers, body } = await get(url, { accept: 'text/html' })
    expect([statusCode, headers['content-type']]).toEqual([404, 'application/json; charset=utf-8'])
    expect(body).not.toContain('secret')
  })
})

test('a server without the console has a plain page, and neither files nor sessions of the console', async () => {
  const off = await allRoutesApp(pino({ enabled: false }), { hasConsole: false })
  const page = await off.inject({ url: '/', headers: { accept: 'text/html' } })
  expect([page.statusCode, page.headers['content-security-policy']]).toEqual([200, "default-src 'none'"])
  expect(page.body).toContain('Its console is off')
  for (const method of ['GET', 'POST', 'DELETE'] as const)
    expect((await off.inject({ method, url: '/console/session' })).statusCode).toBe(404)
  expect((await off.inject({ url: '/assets/index-a1B2.js' })).statusCode).toBe(404)
  const { paths } = (await off.inject({ url: '/openapi.json' })).json()
  expect(Object.keys(paths).filter((path) => /console|assets/.test(path))).toEqual([])
  await off.close()
})
