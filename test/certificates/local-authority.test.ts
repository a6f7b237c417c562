import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ensureSelfSigned } from '../../src/certificates/local-authority.ts'
import { systemClock } from '../../src/domain/clock.ts'

const folder = mkdtempSync(join(tmpdir(), 'muster-tls-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the local CA is made once, its key is for its owner, and its certificates are trusted by name and address', async () => {
  const first = await ensureSelfSigned(folder, ['muster.test'], systemClock)
  const ca = readFileSync(first.caPath, 'utf8')
  const second = await ensureSelfSigned(folder, ['muster.test'], systemClock)
  expect(readFileSync(second.caPath, 'utf8')).toBe(ca)
  expect(statSync(join(folder, 'ca-key.pem')).mode & 0o777).toBe(0o600)

  const server = createServer({ cert: second.certificate, key: second.key }, (_request, response) =>
    response.end('ok'),
  )
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  const ask = (servername: string, trusted?: string) =>
    new Promise<string>((resolve) => {
      get(
        {
          host: '127.0.0.1',
          port,
          servername,
          agent: false,
          ...(trusted === undefined ? {} : { ca: trusted }),
        },
        (response) => {
          response.resume()
          resolve(String(response.statusCode))
        },
      ).on('error', (error) => resolve(String((error as NodeJS.ErrnoException).code)))
    })
  try {
    expect(await ask('localhost', ca)).toBe('200')
    expect(await ask('muster.test', ca)).toBe('200')
    expect(await ask('elsewhere.test', ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(await ask('localhost')).not.toBe('200')
  } finally {
    server.close()
  }
})
