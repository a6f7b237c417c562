import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Api,
  apiOf,
  discard,
  firstConnectionId,
  heldFetch,
  importMany,
  type Reached,
  reachServer,
  type Server,
  startServer,
} from './harness.ts'
import { environmentOf, runMuster } from './run-muster.ts'

const run = promisify(execFile)
const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const DOCS = resolve(import.meta.dirname, '../../docs')

// Each of them runs until a signal, or needs a database of its own. Other tests start them.
const OF_THE_SERVER = ['serve', 'worker', 'migrate', 'rotate-keys', 'source check']

/** The commands that a help text lists, as words after the command itself. */
async function listedIn(words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runMuster([...words, '--help'])
  const lists = stdout.split('\n\n').filter((part) => /^[A-Z][^\n]*:\n {2}\S/.test(part))
  const commands = lists.filter(
    (part) => !/^(Options|Examples|Exit codes|Server|File|CSV|Users):/.test(part) || words.length === 0,
  )
  return commands.flatMap((part) =>
    [...part.matchAll(/^ {2}([a-z][a-z-]*)(?= )/gm)].map(([, name = '']) => name),
  )
}

/** Every command that does something: a group of commands only lists its own. */
async function allCommands(): Promise<readonly (readonly string[])[]> {
  const all: (readonly string[])[] = []
  for (const name of await listedIn([])) {
    const inner = ['jobs', 'users', 'clients', 'source'].includes(name) ? await listedIn([name]) : []
    all.push(...(inner.length === 0 ? [[name]] : inner.map((each) => [name, each])))
  }
  return all
}

const commands = await allCommands()

function examplesIn(help: string): readonly string[] {
  const [, examples = ''] = /\nExamples:\n((?: {2}.*\n)+)/.exec(help) ?? []
  return examples
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

describe('the examples of all help texts', () => {
  let server: Reached
  let other: Server
  let api: Api
  let folder: string
  let env: Record<string, string>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'muster-help-'))
    server = await reachServer()
    other = await startServer()
    api = await apiOf(server)
    await importMany(api, await firstConnectionId(api), [{ email: 'ada@example.com', name: 'Ada' }])
    // The examples say `muster`, as a person who has installed the package.
    writeFileSync(join(folder, 'muster'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, {
      mode: 0o755,
    })
    env = {
      ...environmentOf(server, join(folder, 'home')),
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
    }
    await makeFiles()
  })
  afterAll(async () => {
    await server.stop()
    await discard(other)
    rmSync(folder, { recursive: true, force: true })
  })

  async function sh(script: string): Promise<string> {
    const { stdout } = await run('sh', ['-euc', script], { env, cwd: folder, maxBuffer: 1e8 })
    return stdout
  }

  /** What the examples name: an export with its receipt, and users files. */
  async function makeFiles(): Promise<void> {
    await sh('muster export --format csv --receipt --output users.csv.gz')
    await sh('curl -sS "$MUSTER_URL/.well-known/jwks.json" > jwks.json')
    await sh('muster generate --users 20 --output users.ndjson --seed 9')
    await sh('muster generate --users 60000 --output large.ndjson')
    await sh('muster convert users.ndjson --to csv --output users.csv')
    for (const [name, url] of [
      ['tenant', server.url],
      ['mine', other.url],
    ])
      await sh(`echo "$MUSTER_CLIENT_SECRET" | muster login --profile ${name} --url ${url}`)
    const people = { name: 'people', strategy: 'auth0' }
    expect((await (await apiOf(other)).post('connections', people)).status).toBe(201)
  }

  /** The words in capitals are for the reader to replace. Each example gets a job, user or client of its own. */
  async function replaced(example: string): Promise<string> {
    if (/\bJOB\b/.test(example)) return example.replace('JOB', await newJob(example.includes('cancel')))
    if (/\bUSER\b/.test(example)) return example.replace('USER', `'${await userId()}'`)
    if (/\bCLIENT\b/.test(example)) return example.replace('CLIENT', await newClient())
    return example
  }

  async function newJob(isRunning: boolean): Promise<string> {
    if (!isRunning) return String((await api.export({ format: 'csv' }))['id'])
    // So many users take seconds.
    const path = `jobs/users-imports?upsert=true&connection_id=${await firstConnectionId(api)}`
    const headers = { ...api.headers, 'content-type': 'application/x-ndjson' }
    const body = readFileSync(join(folder, 'large.ndjson'))
    const answer = await heldFetch(`${server.url}/api/v2/${path}`, { method: 'POST', headers, body })
    return ((await answer.json()) as { id: string }).id
  }

  async function userId(): Promise<string> {
    const users = JSON.parse(await sh("muster users search 'email:ada@example.com' --json")) as {
      user_id: string
    }[]
    return users[0]?.user_id ?? ''
  }

  async function newClient(): Promise<string> {
    return (JSON.parse(await sh('muster clients create Example --json')) as { client_id: string }).client_id
  }

  test.each(commands.map((words) => words.join(' ')).filter((name) => !OF_THE_SERVER.includes(name)))(
    'muster %s has two examples, and they do what they say',
    async (name) => {
      const { stdout: help } = await runMuster([...name.split(' '), '--help'])
      const examples = examplesIn(help)
      expect(examples.length, help).toBe(2)
      for (const example of examples) {
        expect(example.split('| ').at(-1), help).toMatch(new RegExp(`^muster ${name}( |$)`))
        const script = await replaced(example)
        // The example shows what `copy` says without --yes.
        const isPreview = name === 'copy' && !example.includes('--yes')
        await expect(sh(isPreview ? `${script} || test $? = 4` : script), script).resolves.toBeDefined()
      }
    },
  )

  test.each(OF_THE_SERVER)('muster %s has two examples', async (name) => {
    const { stdout: help } = await runMuster([...name.split(' '), '--help'])
    expect(examplesIn(help), help).toHaveLength(2)
  })
})

// Its result is a script.
const WITHOUT_JSON = ['completion']

test.each(commands.map((words) => words.join(' ')).filter((name) => !WITHOUT_JSON.includes(name)))(
  'muster %s can print JSON',
  async (name) => {
    const { stdout: help } = await runMuster([...name.split(' '), '--help'])
    expect(help).toMatch(/^ {2}--json /m)
  },
)

test('the list of commands holds those that a person needs', () => {
  const names = commands.map((words) => words.join(' '))
  for (const name of [
    'serve',
    'worker',
    'migrate',
    'rotate-keys',
    'source check',
    'login',
    'export',
    'verify',
    'completion',
  ])
    expect(names).toContain(name)
  for (const name of [
    'import',
    'copy',
    'jobs watch',
    'jobs cancel',
    'users search',
    'clients rotate',
    'convert',
    'generate',
  ])
    expect(names).toContain(name)
})

test('docs/cli.md names every command, every exit code, and nothing that does not exist', () => {
  const page = readFileSync(join(DOCS, 'cli.md'), 'utf8')
  for (const words of commands) expect(page).toContain(`muster ${words.join(' ')}`)
  const named = [...page.matchAll(/`muster ([a-z][a-z-]*)(?: ([a-z]+))?/g)]
  const known = new Set(commands.map((words) => words[0]))
  for (const [, name = ''] of named) expect(known).toContain(name)
  for (const code of [0, 1, 2, 3, 4, 5, 130]) expect(page).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'))
})

describe('what muster --help loads', () => {
  const loaded = (words: readonly string[]): readonly string[] => {
    // Node lists what its loader has read: modules of ES, and of CommonJS.
    const env = { ...process.env, NODE_DEBUG: 'esm', NODE_OPTIONS: '' }
    const script = `
      import { register } from 'node:module'
      register('data:text/javascript,' + encodeURIComponent(\`
        import { writeSync } from 'node:fs'
        export async function load(url, context, next) { writeSync(2, 'LOADED ' + url + '\\\\n'); return next(url, context) }
      \`))`
    const file = join(mkdtempSync(join(tmpdir(), 'muster-loaded-')), 'list.mjs')
    writeFileSync(file, script)
    const output = execFileSync(
      'sh',
      ['-c', `'${process.execPath}' --import '${file}' '${MAIN}' ${words.join(' ')} 2>&1 >/dev/null`],
      {
        env: { ...env, NODE_DEBUG: '' },
        encoding: 'utf8',
      },
    )
    return [...output.matchAll(/^LOADED (.*)$/gm)].map(([, url = '']) => url)
  }

  test('no code of the server, and no package but commander and env-paths', () => {
    const urls = loaded(['--help'])
    expect(urls.some((url) => url.endsWith('/dist/main.js'))).toBe(true)
    const rooms = new Set(urls.flatMap((url) => /\/dist\/([a-z]+)\//.exec(url)?.[1] ?? []))
    expect([...rooms].toSorted()).toEqual(['cli', 'client', 'domain'])
    const packages = new Set(urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))
    expect([...packages].toSorted()).toEqual(['commander', 'env-paths', 'is-safe-filename'])
  })
})
