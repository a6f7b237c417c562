import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { discard, ENGINES, emptyOn, type Server, startServer } from './harness.ts'
import { CLIENT } from './start-process.ts'

// The script holds answers against the server's document, as other tests do, and what holds them is TypeScript.
const LOADER = join(import.meta.dirname, '../fixtures/typescript-loader.js')

let server: Server | undefined
afterEach(() => discard(server))

describe.each(ENGINES)('a server on %s', (engine) => {
  test('P10 Auth0’s own SDK works unchanged over https with jobs, files, users, clients and refusals', async () => {
    server = await startServer({ args: ['--tls-self-signed'], ...(await emptyOn(engine)) })
    const script = join(import.meta.dirname, 'sdk-client.js')
    const child = spawn(
      process.execPath,
      ['--import', LOADER, script, new URL(server.url).host, CLIENT.id, CLIENT.secret],
      {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: server.caPath },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const code = await new Promise((done) => child.once('exit', done))
    expect(said).toBe('')
    expect(code).toBe(0)
  })
})
