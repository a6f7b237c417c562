import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, apiOf, firstConnectionId, heldFetch, type Reached, reachServer } from './harness.ts'

const run = promisify(execFile)
const PAGE = resolve(import.meta.dirname, '../../docs/round-trip.md')

let server: Reached
let api: Api
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'muster-round-trip-'))
  server = await reachServer()
  api = await apiOf(server)
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Another tenant, as far as users can tell: its connection has the same name and another id. */
async function emptyTenant(connectionId: string): Promise<string> {
  const { headers } = api
  const { name } = (await (await api.get(`connections/${connectionId}`)).json()) as { name: string }
  await heldFetch(`${server.url}/api/v2/connections/${connectionId}`, { method: 'DELETE', headers })
  const { id } = (await (await api.post('connections', { name, strategy: 'auth0' })).json()) as { id: string }
  return id
}

// As one who follows the page: block after block, in one folder.
test.runIf(hasTools())(
  'P14 the page on the round trip gives the documented results, block by block',
  async () => {
    let connectionId = await firstConnectionId(api)
    const env = {
      ...process.env,
      MUSTER_URL: server.url,
      TOKEN: api.headers['authorization']?.slice('Bearer '.length) ?? '',
    }
    const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(
      ([, block = '']) => block,
    )
    const follow = async (): Promise<string[]> => {
      const script = blocks.shift()
      if (script === undefined) throw new Error('the page has fewer blocks than this test')
      const { stdout } = await run('sh', ['-euc', script], {
        env: { ...env, CONNECTION: connectionId },
        cwd: folder,
        maxBuffer: 1e8,
      })
      return stdout.trim().split('\n')
    }
    const jsonOf = (name: string): unknown[] =>
      readFileSync(join(folder, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    const allIn = '{"failed":0,"updated":0,"inserted":900,"total":900}'

    const users = Array.from({ length: 900 }, (_, n) => ({
      email: `u${n}@example.com`,
      name: n % 2 === 0 ? '=cmd()' : "'quoted'",
      user_metadata: { plan: { name: `plan ${n % 3}` }, text: 'x'.repeat(500), list: [n, String(n), null] },
      app_metadata: { n },
      last_login: '2020-01-02T03:04:05.678Z',
      logins_count: n,
    }))
    for (const half of [users.slice(0, 450), users.slice(450)]) {
      const { id } = (await (await api.import(connectionId, half, { preserve: 'true' })).json()) as {
        id: string
      }
      expect((await api.job(id, 'completed', 'failed'))['status']).toBe('completed')
    }

    await follow()
    await follow()
    connectionId = await emptyTenant(connectionId)
    expect(await follow()).toEqual([allIn, allIn])
    await follow()
    await follow()
    connectionId = await emptyTenant(connectionId)
    expect(await follow()).toEqual([allIn])
    await follow()
    // jq writes no spaces; without hashes nothing else has changed.
    expect(jsonOf('with-hashes.ndjson')).toEqual(jsonOf('again.ndjson'))
    await follow()
    const parts = readdirSync(folder).filter((name) => name.startsWith('part-'))
    expect(parts.length).toBeGreaterThan(1)
    for (const part of parts) expect(readFileSync(join(folder, part)).length).toBeLessThanOrEqual(512_000)
    const summaries = (await follow()).map((line) => JSON.parse(line) as { updated: number; total: number })
    expect(summaries.map(({ updated }) => updated)).toEqual(summaries.map(({ total }) => total))
    expect(summaries.reduce((sum, { total }) => sum + total, 0)).toBe(900)
    expect(blocks).toEqual([])
  },
)

function hasTools(): boolean {
  try {
    execFileSync('jq', ['--version'])
    execFileSync('split', ['--version'])
    return true
  } catch {
    process.stderr.write('\njq or GNU split is not installed: the test of docs/round-trip.md is SKIPPED.\n\n')
    return false
  }
}
