import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { newJobId } from '../../src/domain/ids.ts'
import type { ExportJob } from '../../src/domain/job.ts'
import { RECEIPT_TYPE, receiptClaims } from '../../src/receipts/receipt-claims.ts'
import { jwsSigner } from '../../src/tokens/sign-jws.ts'
import { newTokens } from '../../src/tokens/tokens.ts'
import { type Verdict, verifyFile } from '../../src/verify/verify-file.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { type LoadedKey, loadKey, ringOfOne } from '../fixtures/signing-keys.ts'

const clock = fixedClock('2026-01-01T00:00:00Z')
// Of a file with 20,000 users, each of which is read whole. CONTRIBUTING.md has the long run.
const ROUNDS = Number(process.env['MUSTER_VERIFY_ROUNDS'] ?? 150)
const newKey = (): Promise<LoadedKey> => loadKey({ getOrMake: (_name, make) => make() })

interface Made {
  readonly file: string
  readonly receipt: string
  readonly jws: string
  readonly packed: Buffer
}

let folder: string
let key: LoadedKey
let jwks: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-verify-'))
  key = await newKey()
  jwks = join(folder, 'jwks.json')
  await writeFile(jwks, JSON.stringify({ keys: [{ kty: 'EC', kid: 'other' }, key.jwk] }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A file and its receipt, as Muster makes them. */
async function made(
  text: string,
  { request = { format: 'csv' }, columns = ['email'], users = 2, level = 6, change = {} }: Making = {},
): Promise<Made> {
  const id = newJobId()
  const packed = gzipSync(text, { level })
  const job: ExportJob = { id, type: 'users_export', status: 'completed', createdAt: clock.now(), request }
  const receipt = {
    rows: users,
    counted: users,
    bytes: packed.length,
    unpackedBytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(packed).digest('hex'),
    snapshotAt: clock.now().toISOString(),
    columns,
  }
  const maker = { issuer: 'https://muster.example/', tenant: 'acme', version: '1.2.3', clock }
  const claims = receiptClaims(job, receipt, { position: 1, previous: null }, maker)
  const jws = jwsSigner(key)(RECEIPT_TYPE, { ...claims, ...change })
  const at = { file: join(folder, `${id}.gz`), receipt: join(folder, `${id}.jws`) }
  await writeFile(at.file, packed)
  await writeFile(at.receipt, jws)
  return { ...at, jws, packed }
}

interface Making {
  readonly request?: ExportRequest
  readonly columns?: readonly string[]
  readonly users?: number
  readonly level?: number
  readonly change?: object
}

const failing = ({ lines }: Verdict): string[] =>
  lines.filter((line) => line.startsWith('FAILS')).map((line) => line.slice(7, 21).trim())

/** The checks that fail if the receipt has this text. */
async function failingWith(jws: string, { file }: Made): Promise<string[]> {
  const receipt = join(folder, `${newJobId()}.jws`)
  await writeFile(receipt, jws)
  return failing(await verifyFile({ file, receipt, jwks }))
}

const CSV = 'email\na@example.com\nb@example.com\n'

describe('muster verify', () => {
  test('P30 a file that is as its receipt says is proven, with one line for each check', async () => {
    const { file, receipt } = await made(CSV)
    const { holds, lines } = await verifyFile({ file, receipt, jwks })
    expect(holds).toBe(true)
    expect(lines.map((line) => line.slice(0, 21).trimEnd())).toEqual([
      'holds  receipt',
      'holds  signature',
      'holds  bytes',
      'holds  SHA-256',
      'holds  unpacked bytes',
      'holds  users',
      'holds  counted',
      'holds  columns',
      'The file is the one t',
    ])
  })

  test.each<[string, string, Making]>([
    ['NDJSON', '{"a":"1\\n\\""}\n{"a":"2"}\n', { request: { format: 'json' } }],
    ['NDJSON without users', '', { request: { format: 'json' }, users: 0 }],
    ['CSV with quotes and line ends in cells', 'email\n"a\n""b""\n"\n""\n', {}],
    ['CSV without a header', 'a\nb\n', { request: { format: 'csv', csv: { header: false } } }],
    [
      'CSV of another dialect',
      '\uFEFF"a;b";c\r\n"1\r\n";2\r\n3;4\r\n',
      {
        request: { format: 'csv', csv: { bom: true, delimiter: ';', newline: '\r\n' } },
        columns: ['a;b', 'c'],
      },
    ],
  ])('P30 the users of %s are counted', async (_name, text, making) => {
    const { file, receipt } = await made(text, making)
    expect(failing(await verifyFile({ file, receipt, jwks }))).toEqual([])
  })

  test('P30 a file with any one byte changed, and a file cut short anywhere, is not proven', {
    timeout: 120_000,
  }, async () => {
    const { file, receipt, packed } = await made(CSV)
    for (let at = 0; at < packed.length; at++) {
      const changed = Buffer.from(packed)
      changed[at] = (changed[at] ?? 0) ^ 0x01
      await writeFile(file, changed)
      expect(failing(await verifyFile({ file, receipt, jwks })), `byte ${at}`).toContain('SHA-256')
      await writeFile(file, packed.subarray(0, at))
      const cut = failing(await verifyFile({ file, receipt, jwks }))
      expect(cut, `cut at ${at}`).toEqual(expect.arrayContaining(['bytes', 'SHA-256']))
    }
    await writeFile(file, Buffer.concat([packed, Buffer.alloc(1)]))
    expect(failing(await verifyFile({ file, receipt, jwks }))).toEqual(['bytes', 'SHA-256'])
    await writeFile(file, packed)
    expect((await verifyFile({ file, receipt, jwks })).holds).toBe(true)
  })

  test('P30 a large file with a random byte changed is never proven', {
    timeout: 60_000 + ROUNDS * 300,
  }, async () => {
    const lines = Array.from({ length: 20_000 }, () => `${randomBytes(75).toString('base64')}\n`)
    const { file, receipt, packed } = await made(`email\n${lines.join('')}`, {
      users: lines.length,
      level: 1,
    })
    const handle = await open(file, 'r+')
    for (let round = 0; round < ROUNDS; round++) {
      const at = randomBytes(4).readUInt32LE() % packed.length
      const before = packed[at] ?? 0
      const after = before ^ (1 + (randomBytes(1).readUInt8() % 255))
      await handle.write(Buffer.of(after), 0, 1, at)
      const { holds } = await verifyFile({ file, receipt, jwks })
      expect(holds, `byte ${at} from ${before} to ${after}`).toBe(false)
      await handle.write(Buffer.of(before), 0, 1, at)
    }
    await handle.close()
    expect((await verifyFile({ file, receipt, jwks })).holds).toBe(true)
    await truncate(file, packed.length - 1)
    expect((await verifyFile({ file, receipt, jwks })).holds).toBe(false)
  })

  test('P30 the file of another job is not proven', async () => {
    const [one, other] = [await made(CSV), await made(CSV.replace('a@', 'c@'))]
    expect(failing(await verifyFile({ file: one.file, receipt: other.receipt, jwks }))).toContain('SHA-256')
  })

  test('P30 a receipt with any one character changed does not hold', { timeout: 120_000 }, async () => {
    const one = await made(CSV)
    for (let at = 0; at < one.jws.length; at++) {
      const changed = `${one.jws.slice(0, at)}${one.jws[at] === 'A' ? 'B' : 'A'}${one.jws.slice(at + 1)}`
      expect(await failingWith(changed, one), `character ${at}`).not.toEqual([])
      expect(await failingWith(one.jws.slice(0, at), one), `cut at ${at}`).not.toEqual([])
    }
    expect(await failingWith(`${one.jws}\n`, one)).toEqual([])
  })

  test('P30 a receipt of another key, without a signature, or of another algorithm does not hold', async () => {
    const one = await made(CSV)
    const [header = '', payload = '', signature = ''] = one.jws.split('.')
    const headed = (change: object): string => {
      const members = JSON.parse(Buffer.from(header, 'base64url').toString()) as object
      return Buffer.from(JSON.stringify({ ...members, ...change })).toString('base64url')
    }
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const stranger = await newKey()
    expect(await failingWith(jwsSigner(stranger)(RECEIPT_TYPE, claims), one)).toEqual(['signature'])
    expect(await failingWith(jwsSigner({ ...stranger, kid: key.kid })(RECEIPT_TYPE, claims), one)).toEqual([
      'signature',
    ])
    expect(await failingWith(`${header}.${payload}.`, one)).toEqual(['signature'])
    expect(await failingWith(`${headed({ alg: 'none' })}.${payload}.`, one)).toEqual(['receipt'])
    expect(await failingWith(`${headed({ alg: 'HS256' })}.${payload}.${signature}`, one)).toEqual(['receipt'])
    expect(await failingWith(jwsSigner(key)(RECEIPT_TYPE, { ...claims, users: '2' }), one)).toEqual([
      'receipt',
    ])
  })

  test('P30 an access token does not pass for a receipt, even with the claims of one', async () => {
    const one = await made(CSV)
    const tokens = newTokens({
      keys: ringOfOne(key),
      clock,
      publicUrl: 'https://muster.example',
      lifetimeSeconds: 60,
    })
    expect(await failingWith(await tokens.issue('abc', ['read:users']), one)).toEqual(['receipt'])
    const claims = JSON.parse(Buffer.from(one.jws.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(await failingWith(jwsSigner(key)('JWT', claims), one)).toEqual(['receipt'])
  })

  test('P30 a signed receipt whose numbers or columns are not those of the file does not hold', async () => {
    const changes: [object, string[]][] = [
      [{ users: 3 }, ['users', 'counted']],
      [{ counted: 3 }, ['counted']],
      [{ unpacked_bytes: 1000 }, ['unpacked bytes']],
      [{ unpacked_bytes: 3 }, ['unpacked bytes']],
      [{ columns: ['name'] }, ['columns']],
    ]
    for (const [change, checks] of changes) {
      const { file, receipt } = await made(CSV, { change })
      expect(failing(await verifyFile({ file, receipt, jwks })), JSON.stringify(change)).toEqual(checks)
    }
  })

  test('P30 a file is not proven without public keys', async () => {
    const { file, receipt } = await made(CSV)
    expect(failing(await verifyFile({ file, receipt }))).toEqual(['signature'])
  })

  test('the lines hold no control character of a receipt', async () => {
    const { file, receipt } = await made(CSV, { change: { tenant: 'a\u001b[2Jb\nholds' } })
    const { lines } = await verifyFile({ file, receipt, jwks })
    expect(lines[0]).toContain('1 of a?[2Jb?holds')
  })

  test('keys come from an http URL without a redirect, and from no other URL', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/jwks.json') response.end(JSON.stringify({ keys: [key.jwk] }))
      else if (request.url === '/moved') response.writeHead(302, { location: '/jwks.json' }).end()
      else if (request.url === '/large') response.end(' '.repeat(2 ** 21))
      else response.writeHead(404).end()
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { file, receipt } = await made(CSV)
    expect((await verifyFile({ file, receipt, jwks: `${at}/jwks.json` })).holds).toBe(true)
    const refused = [`${at}/moved`, `${at}/large`, `${at}/none`, `file://${jwks}`, `${jwks}.none`]
    for (const place of refused)
      await expect(verifyFile({ file, receipt, jwks: place }), place).rejects.toMatchObject({
        code: 'verify_unreadable',
      })
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  })

  test('a missing file or receipt is reported as unreadable', async () => {
    const { file, receipt } = await made(CSV)
    const unreadable = { code: 'verify_unreadable' }
    await expect(verifyFile({ file: `${file}.none`, receipt, jwks })).rejects.toMatchObject(unreadable)
    await expect(verifyFile({ file, receipt: `${receipt}.none`, jwks })).rejects.toMatchObject(unreadable)
    await expect(verifyFile({ file: folder, receipt, jwks })).rejects.toMatchObject(unreadable)
  })
})
