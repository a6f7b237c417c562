import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Auth0Server, startAuth0 } from '../fixtures/auth0-server.ts'
import { type HoldingProxy, startHoldingProxy } from '../fixtures/holding-proxy.ts'
import { type CliOptions, type CliResult, runCli, startCli } from './cli-process.ts'
import {
  type Api,
  apiOf,
  discard,
  ENGINES,
  firstConnectionId,
  newDatabaseOn,
  type Server,
  startServer,
} from './harness.ts'
import { CLIENT } from './start-process.ts'

let folder: string
let runs: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-cli-import-'))
  runs = join(folder, 'state', 'muster', 'runs')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function ndjson(users: readonly unknown[]): string {
  return users.map((user) => `${JSON.stringify(user)}\n`).join('')
}

function people(count: number, more: object = {}): { email: string; name: string }[] {
  return Array.from({ length: count }, (_, n) => ({ email: `u${n}@example.com`, name: `User ${n}`, ...more }))
}

interface Summary {
  readonly read: number
  readonly inserted: number
  readonly updated: number
  readonly failed: number
  readonly incomplete: number
  readonly requests?: number
  readonly left_out: Record<string, number>
  readonly files: readonly {
    readonly file: string
    readonly problems: readonly string[]
    readonly errors: readonly {
      readonly line?: number
      readonly errors: readonly { code: string; message: string }[]
    }[]
  }[]
}

const summaryOf = ({ stdout }: CliResult): Summary => JSON.parse(stdout)

/** A target of imports, with what differs between Muster and Auth0 behind it. */
interface Target {
  readonly name: string
  env(): Record<string, string>
  /** The e-mail addresses of all users. */
  addresses(): Promise<readonly string[]>
  empty(): Promise<void>
  /** The answer to the next import is held back. Resolves when the server has made the job. */
  holdAnswer(): { readonly env: Record<string, string>; readonly held: Promise<void> }
}

function cli(target: Target, words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runCli(words, { ...options, env: envOf(target, options) })
}

function envOf(target: Target, { env }: CliOptions = {}) {
  return { ...target.env(), XDG_DATA_HOME: join(folder, 'state'), XDG_CONFIG_HOME: folder, ...env }
}

let auth0: Auth0Server
let certificates: string
beforeAll(async () => {
  certificates = mkdtempSync(join(tmpdir(), 'muster-cli-auth0-'))
  auth0 = await startAuth0({ folder: certificates })
})
afterAll(async () => {
  await auth0.stop()
  rmSync(certificates, { recursive: true, force: true })
})

const strict: Target = {
  name: 'Auth0',
  env: () => ({
    AUTH0_DOMAIN: auth0.domain,
    MUSTER_CLIENT_ID: auth0.client.id,
    MUSTER_CLIENT_SECRET: auth0.client.secret,
    MUSTER_CA_FILE: auth0.caFile,
  }),
  addresses: async () => (auth0.connections[0]?.users ?? []).map(({ email = '' }) => email),
  empty: async () => {
    auth0.connections[0]?.users.splice(0)
  },
  holdAnswer: () => {
    const held = new Promise<void>((onHeld) => {
      auth0.fail(1, 'POST', /imports$/, { kind: 'held', onHeld })
    })
    return { env: {}, held }
  },
}

const musters = ENGINES.map((engine) => musterOn(engine))

function musterOn(engine: (typeof ENGINES)[number]): Target {
  let server: Server
  let api: Api
  let proxy: HoldingProxy
  let stopDatabase = async (): Promise<void> => undefined
  beforeAll(async () => {
    const database = await newDatabaseOn(engine)
    if (database !== undefined) stopDatabase = database.stop
    server = await startServer(database === undefined ? {} : { databaseUrl: database.url })
    proxy = await startHoldingProxy(server.url)
    api = await apiOf(server)
  })
  afterAll(async () => {
    await proxy.stop()
    await discard(server)
    await stopDatabase()
  })
  return {
    name: `Muster on ${engine}`,
    env: () => ({
      MUSTER_URL: server.url,
      MUSTER_CLIENT_ID: CLIENT.id,
      MUSTER_CLIENT_SECRET: CLIENT.secret,
    }),
    addresses: async () => {
      const found: string[] = []
      let from: string | undefined
      do {
        const query = from === undefined ? 'take=100' : `take=100&from=${from}`
        const page = (await (await api.get(`users?${query}`)).json()) as {
          users: { email: string }[]
          next?: string
        }
        found.push(...page.users.map(({ email }) => email))
        from = page.next
      } while (from !== undefined)
      return found
    },
    empty: async () => {
      const id = await firstConnectionId(api)
      await fetch(`${server.url}/api/v2/connections/${id}`, { method: 'DELETE', headers: api.headers })
      await api.post('connections', { name: 'Username-Password-Authentication', strategy: 'auth0' })
    },
    holdAnswer: () => ({
      env: { MUSTER_URL: proxy.url, MUSTER_AUDIENCE: `${server.url}/api/v2/` },
      held: proxy.holdAnswer('POST', /^\/api\/v2\/jobs\/users-imports/),
    }),
  }
}

describe.each([...musters, strict])('muster import to $name', (target) => {
  beforeEach(() => target.empty())

  test('NDJSON, an array, CSV, gzip and standard input are imported, and no folder is left', async () => {
    const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((n) => [
      { email: `a${n}@example.com`, user_metadata: { n } },
      { email: `b${n}@example.com`, user_metadata: { n } },
    ])
    const files = [
      write('a.ndjson', ndjson(a ?? [])),
      write('b.json', JSON.stringify(b)),
      write('c.csv', `email,user_metadata.n\n${(c ?? []).map(({ email }) => `${email},2\n`).join('')}`),
      write('d.json.gz', gzipSync(ndjson(d ?? []))),
    ]
    const result = await cli(target, ['import', ...files, '-', '--json'], { input: JSON.stringify(e) })
    expect(result.code, result.stderr).toBe(0)
    expect(summaryOf(result)).toMatchObject({ read: 10, inserted: 10, updated: 0, failed: 0 })
    expect((await target.addresses()).toSorted()).toEqual(
      ['a', 'b'].flatMap((letter) => [0, 1, 2, 3, 4].map((n) => `${letter}${n}@example.com`)),
    )
    expect(readdirSync(runs)).toEqual([])
  })

  test('a refused user is reported with the line in the file, and written as the file has the entry', async () => {
    await cli(target, ['import', write('known.ndjson', ndjson([{ email: 'known@example.com' }]))])
    const file = write(
      'users.ndjson',
      '{"email":"a@example.com"}\n\n{"email": "known@example.com",  "name":"K"}\n{"email":}\n{"email":"no address"}\n',
    )
    const rejects = join(folder, 'refused.ndjson')
    const result = await cli(target, ['import', file, '--rejects', rejects, '--json'])
    expect([result.code, result.stderr]).toEqual([5, expect.stringContaining('users_refused: 3 of 4')])
    expect(summaryOf(result)).toMatchObject({ read: 4, inserted: 1, updated: 0, failed: 3 })
    expect(summaryOf(result).files[0]?.errors.map(({ line, errors }) => [line, errors[0]?.code])).toEqual([
      [3, 'DUPLICATED_USER'],
      [4, 'FORMAT'],
      [5, 'FORMAT'],
    ])
    expect(readFileSync(rejects, 'utf8')).toBe(
      '{"email": "known@example.com",  "name":"K"}\n{"email":}\n{"email":"no address"}\n',
    )
    const upserted = await cli(target, ['import', file, '--upsert', '--json'])
    expect(summaryOf(upserted)).toMatchObject({ read: 4, inserted: 0, updated: 2, failed: 2 })
    const people = await cli(target, ['import', file])
    // Where the text breaks off is said in other words by other versions of Node.
    expect(people.stdout.replace(/ \(at character \d+\)/, '')).toBe(
      `${file}: 4 read, 0 inserted, 0 updated, 4 refused\n${[
        '  line 1: DUPLICATED_USER The user already exist and upsert parameter is false',
        '  line 3: DUPLICATED_USER The user already exist and upsert parameter is false',
        '  line 4: FORMAT Line 4 is not JSON',
        "  line 5: FORMAT Object didn't pass validation for format email: no address (#/email)",
      ].join('\n')}\n`,
    )
  })

  test('a CSV record with quoted line breaks has the number of its first line', async () => {
    const file = write(
      'users.csv',
      'email,name\r\na@example.com,"One\r\ntwo\r\nthree"\r\nno address,"Four\r\nfive"\r\nb@example.com,Six\r\n',
    )
    const rejects = join(folder, 'refused.csv')
    const result = await cli(target, ['import', file, '--rejects', rejects, '--json'])
    expect(summaryOf(result)).toMatchObject({ read: 3, inserted: 2, failed: 1 })
    expect(summaryOf(result).files[0]?.errors[0]?.line).toBe(5)
    expect(readFileSync(rejects, 'utf8')).toBe('email,name\nno address,"Four\r\nfive"\n')
    const tabs = write('tabs.csv', 'email\tname\ne@example.com\tA, B\n')
    const tabbed = await cli(target, ['import', tabs, '--delimiter', 'tab', '--guard', 'none', '--json'])
    expect([tabbed.code, summaryOf(tabbed)]).toMatchObject([0, { read: 1, inserted: 1 }])
    const array = write(
      'users.json',
      '[{"email":"c@example.com"}, {"email":"no"}, {"email":"d@example.com"}]',
    )
    await cli(target, ['import', array, '--rejects', rejects])
    expect(readFileSync(rejects, 'utf8')).toBe('[\n{"email":"no"}\n]\n')
  })

  test('a dry run writes nothing and gives the counts and errors of the import', async () => {
    const file = write('users.ndjson', ndjson([...people(5), { email: 'no address' }]))
    const dry = await cli(target, ['import', file, '--dry-run', '--json'])
    expect([dry.code, summaryOf(dry)]).toMatchObject([5, { read: 6, inserted: 5, failed: 1 }])
    expect(await target.addresses()).toEqual([])
  })

  test('a file that breaks off is imported up to there, and the exit code is 1', async () => {
    const whole = JSON.stringify(people(5))
    const result = await cli(target, ['import', write('users.json', whole.slice(0, -5)), '--json'])
    expect([result.code, summaryOf(result)]).toMatchObject([1, { read: 4, inserted: 4 }])
    expect(result.stderr).toMatch(/^job_failed: .*breaks off within the user that begins in line 1/m)
    expect((await target.addresses()).length).toBe(4)
  })

  test('a wrong connection, an unreadable file and an unknown run are said in words', async () => {
    const file = write('users.ndjson', ndjson(people(1)))
    const connection = await cli(target, ['import', file, '--connection', 'Other'])
    expect([connection.code, connection.stderr]).toEqual([
      2,
      expect.stringContaining(
        'There is no connection Other. The server has: Username-Password-Authentication',
      ),
    ])
    expect((await cli(target, ['import', join(folder, 'none.ndjson')])).code).toBe(2)
    expect((await cli(target, ['import', write('users.txt', 'what')])).stderr).toContain('--format')
    const unknown = await cli(target, ['import', '--continue', 'none'])
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringMatching(/^run_unusable: There is no run none/),
    ])
    expect(readdirSync(runs)).toEqual([])
  })
})

describe('muster import to Auth0', () => {
  beforeEach(() => strict.empty())
  const users = () => auth0.connections[0]?.users ?? []
  const posts = () => auth0.requests.filter(({ method, path }) => method === 'POST' && /imports$/.test(path))

  test('a large file is cut into whole users, and a user who fits into no slice is refused', async () => {
    const big = { email: 'big@example.com', user_metadata: { text: 'x'.repeat(500_000) } }
    const many = people(1500, { user_metadata: { text: 'ü'.repeat(300) } })
    const file = write('users.ndjson', ndjson([...many.slice(0, 700), big, ...many.slice(700)]))
    const before = posts().length
    const result = await cli(strict, ['import', file, '--json'])
    expect([result.code, summaryOf(result)]).toMatchObject([5, { read: 1501, inserted: 1500, failed: 1 }])
    expect(summaryOf(result).files[0]?.errors).toMatchObject([
      { line: 701, user: { email: 'big@example.com' }, errors: [{ code: 'PROFILE_SIZE_EXCEEDED' }] },
    ])
    const sizes = posts()
      .slice(before)
      .map(({ headers }) => Number(headers['content-length']))
    expect(sizes.length).toBeGreaterThan(2)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(512_000)
    expect(users().length).toBe(1500)
    const dry = await cli(strict, ['import', file, '--dry-run', '--json'])
    expect(summaryOf(dry)).toMatchObject({ read: 1501, inserted: 1500, requests: sizes.length })
  })

  test('a dry run for Auth0 that fails leaves no run to go on with', async () => {
    const file = write('users.ndjson', ndjson([{ email: 'no address' }]))
    const rejects = join(folder, 'missing', 'refused.ndjson')
    const dry = await cli(strict, ['import', file, '--dry-run', '--rejects', rejects])
    expect([dry.code, dry.stderr]).toEqual([1, expect.stringMatching(/^file_unwritable: /)])
    expect(dry.stderr).not.toContain('--continue')
    expect(readdirSync(runs)).toEqual([])
  })

  test('an attribute that only Auth0 sets is left out and counted, and the prefix of an id is not doubled', async () => {
    const exported = {
      user_id: 'auth0|kept',
      email: 'a@example.com',
      identities: [{ connection: 'x', user_id: 'kept', provider: 'auth0', isSocial: false }],
      created_at: '2020-01-01T00:00:00.000Z',
      nickname: null,
    }
    const result = await cli(strict, ['import', write('a.ndjson', ndjson([exported])), '--json'])
    expect(summaryOf(result)).toMatchObject({
      inserted: 1,
      left_out: { identities: 1, created_at: 1 },
    })
    expect(users()[0]?.user_id).toBe('auth0|kept')
    const refused = await cli(strict, ['import', write('b.ndjson', ndjson([exported])), '--preserve'])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--preserve is for a Muster')])
  })

  test('a busy server and two active imports are waited for', async () => {
    const message =
      'There are 2 active import users jobs, please wait until some of them are finished and try again'
    auth0.fail(1, 'POST', /imports$/, { kind: 'busy', seconds: 2 })
    auth0.fail(1, 'POST', /imports$/, {
      kind: 'answer',
      reply: { status: 429, json: { statusCode: 429, error: 'Too Many Requests', message } },
    })
    const result = await cli(strict, ['import', write('a.ndjson', ndjson(people(3))), '--json'])
    expect(summaryOf(result)).toMatchObject({ read: 3, inserted: 3 })
    expect(result.stderr).toContain('Global limit has been reached')
    expect(result.stderr).toContain(message)
  })

  test('a slice whose answer was lost is sent again, and its users count as inserted once', async () => {
    await cli(strict, ['import', write('known.ndjson', ndjson(people(1)))])
    // The first user was there before the run. Without this, the test could not tell old users from new ones.
    for (const user of users()) user['created_at'] = '2020-01-01T00:00:00.000Z'
    auth0.fail(1, 'POST', /imports$/, { kind: 'lost' })
    const result = await cli(strict, ['import', write('a.ndjson', ndjson(people(20))), '--json'])
    expect(summaryOf(result)).toMatchObject({ read: 20, inserted: 19, failed: 1 })
    expect(summaryOf(result).files[0]?.errors).toMatchObject([
      { line: 1, errors: [{ code: 'DUPLICATED_USER' }] },
    ])
    expect(users().length).toBe(20)
  })
})

describe('a run that was stopped', () => {
  const [target] = musters
  if (target === undefined) throw new Error('no engine')
  beforeEach(() => target.empty())

  test('only its owner may read the folder of a run, and a changed file stops the run', async () => {
    const file = write('users.ndjson', ndjson(people(10)))
    const failed = await cli(target, ['import', '-', file], {
      input: ndjson(people(1, { email: 'in@example.com' })),
      env: { MUSTER_CLIENT_ID: 'other', MUSTER_CLIENT_SECRET: 'other' },
    })
    expect([failed.code, readdirSync(runs)]).toEqual([3, []])
    const stopped = startCli(['import', '-', file], { env: envOf(target), input: ndjson(people(1)) })
    await expect.poll(runsBegun, { interval: 5 }).toHaveLength(1)
    stopped.child.kill('SIGKILL')
    await stopped.ended
    const [run = ''] = runsBegun()
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
    expect(mode(join(runs, run))).toBe('700')
    for (const name of readdirSync(join(runs, run)))
      if (!name.startsWith('live.')) expect([name, mode(join(runs, run, name))]).toEqual([name, '600'])
    expect(readFileSync(join(runs, run, 'run.json'), 'utf8')).not.toContain(CLIENT.secret)
    writeFileSync(file, ndjson(people(11)))
    const changed = await cli(target, ['import', '--continue', run])
    expect([changed.code, changed.stderr]).toEqual([
      1,
      expect.stringContaining('has changed since the run began'),
    ])
  })
})

const runsBegun = (): string[] =>
  existsSync(runs) ? readdirSync(runs).filter((name) => existsSync(join(runs, name, 'run.json'))) : []

describe.each([...musters, strict])('a stopped import to $name', (target) => {
  beforeEach(() => target.empty())

  test('P33 an import that is killed before the answer to its request goes on without a second one', async () => {
    const file = write('users.ndjson', ndjson(people(50)))
    const { env, held } = target.holdAnswer()
    const { child, ended } = startCli(['import', file], { env: envOf(target, { env }) })
    await held
    child.kill('SIGKILL')
    await ended
    const [run = ''] = runsBegun()
    const result = await cli(target, ['import', '--continue', run, '--json'], { env })
    expect(result.code, result.stderr).toBe(0)
    expect(summaryOf(result)).toMatchObject({ read: 50, inserted: 50, failed: 0 })
    expect((await target.addresses()).length).toBe(50)
  })

  test('Ctrl-C ends an import with 130 and the command that goes on', async () => {
    const file = write('users.ndjson', ndjson(people(50)))
    const { env, held } = target.holdAnswer()
    const { child, ended } = startCli(['import', file], { env: envOf(target, { env }) })
    await held
    child.kill('SIGINT')
    const interrupted = await ended
    const [run = ''] = runsBegun()
    expect([interrupted.code, interrupted.stderr]).toEqual([
      130,
      expect.stringContaining(`Go on with: muster import --continue ${run}`),
    ])
    const result = await cli(target, ['import', '--continue', run, '--json'], { env })
    expect([result.code, summaryOf(result)]).toMatchObject([0, { read: 50, inserted: 50 }])
  })
})

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const KILLS = 10
const SEED = 20_260_131

describe.each([...musters, strict])('a killed import to $name', (target) => {
  beforeEach(() => target.empty())

  test(`P33 an import that is killed ${KILLS} times and goes on has each user once`, async () => {
    const random = randomFrom(SEED)
    const names: string[] = []
    const begin = (): string[] => {
      const round = names.length
      const users = Array.from({ length: 2400 }, (_, n) => ({
        email: `r${round}-u${n}@example.com`,
        user_metadata: { text: 'x'.repeat(600) },
      }))
      names.push(...users.map(({ email }) => email))
      const third = users.length / 3
      const files = [0, 1, 2].map((n) =>
        write(`r${round}-${n}.ndjson`, ndjson(users.slice(n * third, (n + 1) * third))),
      )
      return ['import', ...files, '--json']
    }
    const summaries: Summary[] = []
    let words = begin()
    for (let kills = 0; ; ) {
      const { child, ended } = startCli(words, { env: envOf(target) })
      const isKilled = kills < KILLS
      const timer = isKilled ? setTimeout(() => child.kill('SIGKILL'), 200 + random() * 1500) : undefined
      const result = await ended
      clearTimeout(timer)
      const [run] = runsBegun()
      // A kill may come between the result and the end.
      const isWhole = result.code === 0 || (run === undefined && result.stdout.endsWith('}\n'))
      if (result.code === null) kills++
      else expect(result.code, result.stderr).toBe(0)
      if (isWhole) summaries.push(summaryOf(result))
      if (!isWhole && run !== undefined) words = ['import', '--continue', run, '--json']
      else if (isWhole && kills < KILLS) words = begin()
      else if (isWhole) break
    }
    expect((await target.addresses()).toSorted()).toEqual(names.toSorted())
    for (const summary of summaries)
      expect(summary).toMatchObject({ read: 2400, inserted: 2400, updated: 0, failed: 0 })
    expect(summaries.length).toBe(names.length / 2400)
    // A run that was killed before its first request has left a folder without an order. The next run removes it.
    expect(runsBegun()).toEqual([])
  })
})
