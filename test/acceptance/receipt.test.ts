import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type Api,
  apiOf,
  discard,
  ENGINES,
  emptyOn,
  firstConnectionId,
  heldFetch,
  importMany,
  type Server,
  startServer,
} from './harness.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

let server: Server | undefined
afterEach(() => discard(server))

function muster(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    )
  })
}

async function saved(folder: string, name: string, response: Response): Promise<string> {
  expect(response.status).toBe(200)
  const path = join(folder, name)
  await writeFile(path, Buffer.from(await response.arrayBuffer()))
  return path
}

async function exportedTo(folder: string, api: Api, format: string) {
  const job = await api.export({ format })
  const id = String(job['id'])
  const file = await saved(folder, `${id}.gz`, await heldFetch(String(job['location'])))
  return { id, file, receipt: await saved(folder, `${id}.jws`, await api.get(`jobs/${id}/receipt`)) }
}

describe.each(ENGINES)('receipts of a server on %s', (engine) => {
  test('P30 muster verify proves downloaded files offline, and exits with 5 and 2 if a proof fails or is impossible', async () => {
    server = await startServer(await emptyOn(engine))
    const { url, folder } = server
    const api = await apiOf(server)
    const users = Array.from({ length: 300 }, (_, n) => ({ email: `u${n}@example.com`, name: `a "${n}"\nb` }))
    await importMany(api, await firstConnectionId(api), users)
    const jwks = await saved(folder, 'jwks.json', await heldFetch(`${url}/.well-known/jwks.json`))
    const csv = await exportedTo(folder, api, 'csv')
    const json = await exportedTo(folder, api, 'json')
    const online = await muster('verify', json.file, json.receipt, '--jwks', `${url}/.well-known/jwks.json`)
    expect(online, online.output).toMatchObject({ code: 0 })
    const text = Buffer.from(await (await api.get(`jobs/${csv.id}/receipt`)).text())
    const next = await (await api.get(`jobs/${json.id}/receipt`)).text()
    const { previous, users: count } = JSON.parse(
      Buffer.from(next.split('.')[1] ?? '', 'base64url').toString(),
    ) as { previous: string; users: number }
    expect([previous, count]).toEqual([createHash('sha256').update(text).digest('hex'), 300])
    await server.end('SIGTERM')
    const proven = await muster('verify', csv.file, csv.receipt, '--jwks', jwks)
    expect(proven, proven.output).toMatchObject({ code: 0 })
    expect(await muster('verify', csv.file, json.receipt, '--jwks', jwks)).toMatchObject({ code: 5 })
    expect(await muster('verify', csv.file, csv.receipt)).toMatchObject({ code: 5 })
    const { output } = await muster('verify', csv.file, csv.receipt, '--jwks', jwks, '--json')
    expect(JSON.parse(output)).toMatchObject({ holds: true, checks: expect.arrayContaining([]) })
    expect(await muster('verify', `${csv.file}.none`, csv.receipt)).toMatchObject({ code: 2 })
    expect(await muster('verify', csv.file)).toMatchObject({ code: 2 })
    expect(await muster('verify', csv.file, csv.receipt, '--keys', jwks)).toMatchObject({ code: 2 })
    expect(await muster('verify', '--help')).toMatchObject({ code: 0 })
  })
})
