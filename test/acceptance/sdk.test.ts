import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { CLIENT, discard, HAS_POSTGRES, newDatabaseUrl, type Server, startServer } from './harness.ts'

let server: Server | undefined
let drop: (() => Promise<void>) | undefined
afterEach(async () => {
  await discard(server)
  await drop?.()
  drop = undefined
})

describe.each(HAS_POSTGRES ? ['embedded', 'postgres'] : ['embedded'])('a server on %s', (engine) => {
  test("P10 Auth0's own SDK does over https what it does at Auth0: jobs, files, users, clients, and the five kinds of refusal", async () => {
    const database = engine === 'postgres' ? await newDatabaseUrl() : undefined
    drop = database?.drop
    server = await startServer({
      args: ['--tls-self-signed'],
      ...(database === undefined ? {} : { databaseUrl: database.url }),
    })
    const script = join(import.meta.dirname, 'sdk-client.js')
    const child = spawn(process.execPath, [script, new URL(server.url).host, CLIENT.id, CLIENT.secret], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: server.caPath },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const code = await new Promise((done) => child.once('exit', done))
    expect(said).toBe('')
    expect(code).toBe(0)
  })
})
