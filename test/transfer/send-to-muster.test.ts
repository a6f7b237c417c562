import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runImport } from '../../src/transfer/import-run.ts'
import { newRunFolder, type RunFolder } from '../../src/transfer/run-folder.ts'
import { usersFileAt } from '../../src/transfer/users-file.ts'
import { type ScriptedServer, sendJson, startScripted } from '../fixtures/scripted-server.ts'

const JOB = { id: 'job_0000000000000001', type: 'users_import', status: 'completed' }
const SUMMARY = { total: 1, inserted: 1, updated: 0, failed: 0, incomplete: 0 }

let parent: string
let folder: RunFolder
let server: ScriptedServer
const keys: unknown[] = []

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'muster-send-'))
  folder = await newRunFolder({ parent })
  server = await startScripted((request, response) => {
    if (request.url?.endsWith('/errors?take=1000')) {
      response.writeHead(204).end()
      return
    }
    if (request.method === 'POST') keys.push(request.headers['idempotency-key'])
    request.resume()
    sendJson(response, { ...JOB, summary: SUMMARY }, request.url?.endsWith('/events') ? 404 : 200)
  })
})

afterEach(async () => {
  keys.length = 0
  await server.stop()
  await folder.remove()
  rmSync(parent, { recursive: true, force: true })
})

/** Goes on with a run whose only request was sent so long before the time of the client's clock. */
async function continued(hoursBefore: number): Promise<unknown> {
  const path = join(parent, 'users.ndjson')
  writeFileSync(path, '{"email":"ada@example.com"}\n')
  const file = await usersFileAt(path, { name: 'users.ndjson' })
  await folder.begin({
    ...{ version: 1, kind: 'muster', server: {}, upsert: 'no', preserve: false, dryRun: false },
    files: [{ ...file, connectionId: 'con_0000000000000001', connection: 'Users' }],
  })
  const client = server.client()
  const at = new Date(client.pace.clock.now().getTime() - hoursBefore * 3600 * 1000).toISOString()
  await folder.note({ kind: 'sending', file: 0, slice: 0, key: 'the-key', at })
  const { signal } = new AbortController()
  return runImport({ client, folder, onProgress: () => undefined, signal })
}

test('P33 a run whose answer was lost sends the file again with the noted key', async () => {
  expect(await continued(22)).toMatchObject({ tallies: [{ counts: { read: 1, inserted: 1 } }] })
  expect(keys).toEqual(['the-key'])
})

test('P33 a run is refused and sends nothing once the server may have forgotten its key', async () => {
  await expect(continued(23.5)).rejects.toMatchObject({ code: 'run_unusable' })
  expect(keys).toEqual([])
})
