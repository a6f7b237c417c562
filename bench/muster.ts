import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as later } from 'node:timers/promises'
import { newClient } from '../src/client/client.ts'
import { audienceOf } from '../src/client/target.ts'

const MAIN = resolve(import.meta.dirname, '../dist/main.js')
const CLIENT = { id: 'bench', secret: 'a-secret-for-the-bench-only' }

/** Milliseconds between two looks at a job: a share of the time waited so far, not less and not more than these. */
interface Poll {
  readonly share: number
  readonly minMs: number
  readonly maxMs: number
}

// Polling is part of what is measured. A client polls less often the longer it waits.
const POLL: Poll = { share: 0.02, minMs: 5, maxMs: 1000 }

/** A Muster in a separate process, used over HTTP like by any client. */
export interface Muster {
  readonly pid: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  json(path: string, body?: unknown): Promise<Record<string, unknown>>
  /** From POST to `completed`: seconds, and the job. */
  job(path: string, body: unknown, poll?: Poll): Promise<{ seconds: number; job: Record<string, unknown> }>
  wait(job: Record<string, unknown>): Promise<Record<string, unknown>>
  download(job: Record<string, unknown>, file: string): Promise<void>
  stop(): Promise<void>
}

export async function startMuster(
  databaseUrl: string | undefined,
  environment: Readonly<Record<string, string>> = {},
): Promise<Muster> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'))
  const { DATABASE_URL: _given, ...env } = process.env
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--data-dir', folder], {
    env: {
      ...env,
      MUSTER_CLIENT_ID: CLIENT.id,
      MUSTER_CLIENT_SECRET: CLIENT.secret,
      MUSTER_LOG_LEVEL: 'error',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await readyAt(child)
  const client = newClient(
    { kind: 'muster', url, audience: audienceOf(url), credentials: { kind: 'client', ...CLIENT } },
    { onWait: refuse },
  )
  const headers = { authorization: `Bearer ${await client.token()}` }
  const json = (path: string, body?: unknown): Promise<Record<string, unknown>> =>
    client.json(body === undefined ? { path } : { method: 'POST', path, json: body })
  const wait = async (job: Record<string, unknown>, poll = POLL): Promise<Record<string, unknown>> => {
    const started = performance.now()
    let seen = job
    while (seen['status'] !== 'completed') {
      if (seen['status'] === 'failed') throw new Error(`the job failed: ${String(seen['status_details'])}`)
      const share = (performance.now() - started) * poll.share
      await later(Math.min(Math.max(share, poll.minMs), poll.maxMs))
      seen = await json(`jobs/${String(job['id'])}`)
    }
    return seen
  }
  return {
    pid: child.pid ?? 0,
    url,
    headers,
    json,
    wait,
    job: async (path, body, poll) => {
      const started = performance.now()
      const job = await wait(await json(path, body), poll)
      return { seconds: (performance.now() - started) / 1000, job }
    },
    download: async (job, file) => {
      const fresh = await json(`jobs/${String(job['id'])}`)
      const { body } = await client.link(String(fresh['location']), {})
      await pipeline(body, createWriteStream(file))
    },
    stop: async () => {
      client.close()
      if (child.exitCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGTERM')
        await gone
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function readyAt(child: ChildProcess): Promise<string> {
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return new Promise((ready, fail) => {
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk
      const url = /Muster is ready at (\S+)/.exec(output)?.[1]
      if (url !== undefined) ready(url)
    })
    child.once('exit', (code) => fail(new Error(`the server ended with ${code}: ${output}`)))
  })
}

/** A request that is sent again would make a figure wrong. */
function refuse(sentence: string): never {
  throw new Error(sentence)
}
