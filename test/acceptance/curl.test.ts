import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, apiOf, firstConnectionId, type Reached, reachServer } from './harness.ts'
import { CLIENT } from './start-process.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')

let server: Reached
let api: Api
let connectionId: string
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'muster-curl-'))
  server = await reachServer()
  api = await apiOf(server)
  connectionId = await firstConnectionId(api)
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function sh(script: string): Promise<string> {
  const env = {
    ...process.env,
    MUSTER_URL: server.url,
    MUSTER_CLIENT_ID: CLIENT.id,
    MUSTER_CLIENT_SECRET: CLIENT.secret,
    TOKEN: api.headers['authorization']?.slice('Bearer '.length) ?? '',
    CONNECTION: connectionId,
  }
  const { stdout } = await run('sh', ['-euc', script], { env, cwd: folder, maxBuffer: 1e8 })
  return stdout
}

describe('the documented curl commands', () => {
  test('P10 the export with curl of docs/first-steps.md prints what the page says', async () => {
    const page = readFileSync(join(ROOT, 'docs/first-steps.md'), 'utf8')
    const [, script = ''] = /## With curl[\s\S]*?```sh\n([\s\S]*?)```/.exec(page) ?? []
    const [, printed] = /The last line prints:\n\n```\n([\s\S]*?)```/.exec(page) ?? []
    expect(script).toContain('users-exports')
    expect((await sh(script)).endsWith(`${printed}`)).toBe(true)
  })

  test('the example of docs/csv.md prints what the page says', async () => {
    const page = readFileSync(join(ROOT, 'docs/csv.md'), 'utf8')
    const [, script = '', printed] = /```sh\n([\s\S]*?)```\n\nprints\n\n```\n([\s\S]*?)```/.exec(page) ?? []
    expect(await sh(script)).toBe(printed)
  })

  test('P10 the export command of Auth0’s page works unchanged', async () => {
    const created = await sh(`curl --request POST --silent --url "$MUSTER_URL/api/v2/jobs/users-exports" \
      --header "authorization: Bearer $TOKEN" --header 'content-type: application/json' \
      --data '{"connection_id": "'"$CONNECTION"'", "format": "csv", "limit": 5, "fields": [{"name": "email"}, {"name": "identities[0].connection", "export_as": "provider"}]}'`)
    const job = JSON.parse(created) as { id: string }
    expect(Object.keys(job)).toEqual([
      'type',
      'status',
      'connection_id',
      'format',
      'limit',
      'fields',
      'connection',
      'created_at',
      'id',
    ])
    await api.job(job.id, 'completed')
    const got = await sh(
      `curl --request GET --silent --url "$MUSTER_URL/api/v2/jobs/${job.id}" --header "authorization: Bearer $TOKEN"`,
    )
    const { location } = JSON.parse(got) as { location: string }
    const name = new URL(location).pathname.split('/').at(-1)
    expect(name).toMatch(/^[\w.-]+\.csv\.gz$/)
    await sh(`curl --silent --remote-name --remote-header-name '${location}'`)
    expect(gunzipSync(readFileSync(join(folder, String(name)))).toString()).toMatch(/^email,provider\n/)
  })

  test('P10 a token is given for a form, for JSON and for HTTP Basic, with unknown members', async () => {
    const wanted = `"audience":"${server.url}/api/v2/","grant_type":"client_credentials","organization":"x","foo":1`
    const answers = await Promise.all([
      sh(
        'curl -sS "$MUSTER_URL/oauth/token/" -d grant_type=client_credentials -d foo=1 -d "client_id=$MUSTER_CLIENT_ID" -d "client_secret=$MUSTER_CLIENT_SECRET" -d "audience=$MUSTER_URL/api/v2/"',
      ),
      sh(
        `curl -sS "$MUSTER_URL/oauth/token" -H 'content-type: application/json' -d '{${wanted},"client_id":"'"$MUSTER_CLIENT_ID"'","client_secret":"'"$MUSTER_CLIENT_SECRET"'"}'`,
      ),
      sh(
        'curl -sS "$MUSTER_URL/oauth/token" -u "$MUSTER_CLIENT_ID:$MUSTER_CLIENT_SECRET" -d grant_type=client_credentials -d "audience=$MUSTER_URL/api/v2/"',
      ),
    ])
    for (const answer of answers) {
      const token = JSON.parse(answer) as Record<string, unknown>
      expect(token).toMatchObject({
        expires_in: 86_400,
        token_type: 'Bearer',
        scope: expect.stringContaining('read:users'),
      })
    }
  })

  test('an upload may have the users file before or after the other parts, in chunks, without Content-Length', async () => {
    const curl =
      'curl -sS "$MUSTER_URL/api/v2/jobs/users-imports" -H "Authorization: Bearer $TOKEN" -H "Transfer-Encoding: chunked"'
    await sh(
      `echo '[{"email":"first@example.com"}]' > first.json; echo '[{"email":"last@example.com"}]' > last.json`,
    )
    for (const parts of [
      '-F users=@first.json -F "connection_id=$CONNECTION"',
      '-F "connection_id=$CONNECTION" -F external_id= -F users=@last.json',
    ]) {
      const { id } = JSON.parse(await sh(`${curl} ${parts}`)) as { id: string }
      const job = await api.job(id, 'completed', 'failed')
      // As text: the order of the members is recorded from Auth0 too.
      expect(JSON.stringify(job['summary'])).toBe('{"failed":0,"updated":0,"inserted":1,"total":1}')
    }
  })
})

test.runIf(hasMiller())(
  'P10 Miller filters a bare CSV export by its last_login column, as Auth0’s page shows',
  async () => {
    const users = [
      { email: 'old@example.com', last_login: '2023-12-31T23:59:59.999Z', name: 'a, "b"\nc' },
      { email: 'new@example.com', last_login: '2024-01-02T03:04:05.678Z' },
      { email: 'never@example.com' },
    ]
    const { id } = (await (await api.import(connectionId, users, { preserve: 'true' })).json()) as {
      id: string
    }
    await api.job(id, 'completed')
    const job = await api.export({ format: 'csv' })
    const out = await sh(
      `curl -sS '${job['location']}' | gunzip | mlr --icsv --ojson filter '$last_login >= "2024-01-01T00:00:00Z"'`,
    )
    const found = JSON.parse(out) as { email: string; last_login: string }[]
    const mine = found.filter((row) => /^'(old|new|never)@/.test(row.email))
    expect(mine.map((row) => [row.email, row.last_login])).toEqual([
      ["'new@example.com", '2024-01-02T03:04:05.678Z'],
    ])
  },
)

function hasMiller(): boolean {
  try {
    execFileSync('mlr', ['--version'])
    return true
  } catch {
    process.stderr.write(
      '\nMiller (mlr) is not installed: its test is SKIPPED. Debian has it as the package miller.\n\n',
    )
    return false
  }
}
