import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../fixtures/free-port.ts'
import { startPostgres } from '../fixtures/postgres-server.ts'
import { keysBelow } from '../fixtures/s3-keys.ts'
import { startS3Server } from '../fixtures/s3-server.ts'
import { newFolder, type Process, type StartOptions, startProcess } from './start-process.ts'

/** All that a deployment consists of, each part of which can be killed. */
export interface Killable {
  /** Of each process that answers requests. The first is the public URL. */
  readonly urls: readonly string[]
  /** Absent on the embedded engine, whose only session is the server's. */
  readonly databaseUrl?: string
  /** Each kills a part and resolves when the part runs again. */
  readonly kills: Readonly<Record<string, () => Promise<void>>>
  /** The names of all files, also of unfinished ones. */
  files(): Promise<readonly string[]>
  output(): string
  stop(): Promise<void>
}

// A job that has waited out its last pause fails, which is right, but proves less.
const ENV = {
  MUSTER_RETRY_PAUSES: '0,1,1,1,1,1,1,1,1,1',
  MUSTER_RATE_LIMIT: 'off',
  MUSTER_TENANT: 'acme',
}

interface Standing {
  kill(): Promise<void>
  output(): string
}

/** A process that starts again whenever it is killed. */
async function standing(start: () => Promise<Process>): Promise<Standing> {
  let process = await start()
  let earlier = ''
  return {
    kill: async () => {
      await process.end('SIGKILL')
      earlier += process.output()
      process = await start()
    },
    output: () => earlier + process.output(),
  }
}

/** One process on PostgreSQL, whose files lie in a folder. */
export async function startOnFolder(): Promise<Killable> {
  const postgres = await startPostgres({ isDurable: true })
  const { serve, ...rest } = await startAlone({ databaseUrl: postgres.url })
  return {
    ...rest,
    databaseUrl: postgres.url,
    kills: { serve, 'serve again': serve, PostgreSQL: postgres.crash },
    stop: async () => {
      await rest.stop()
      await postgres.stop()
    },
  }
}

/** One process on the embedded engine, whose users and files lie in a folder. */
export async function startEmbedded(): Promise<Killable> {
  const { serve, ...rest } = await startAlone({})
  return { ...rest, kills: { serve } }
}

async function startAlone(
  options: Pick<StartOptions, 'databaseUrl'>,
): Promise<Omit<Killable, 'kills'> & { serve: Kill }> {
  const folder = newFolder()
  const port = await freePort()
  let last: Process | undefined
  const start = async (): Promise<Process> => {
    last = await startProcess(['serve', '--port', String(port), '--data-dir', folder], {
      ...options,
      env: ENV,
    })
    return last
  }
  const { kill: serve, output } = await standing(start)
  return {
    urls: [`http://127.0.0.1:${port}`],
    serve,
    files: async () =>
      readdirSync(join(folder, 'objects'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    output,
    stop: async () => {
      await last?.end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const PREFIX = 'kills/'

/** Two processes that answer requests and two that run jobs, on PostgreSQL and a bucket. */
export async function startOnBucket(): Promise<Killable> {
  const [postgres, s3] = await Promise.all([startPostgres({ isDurable: true }), startS3Server()])
  const ports = await Promise.all([freePort(), freePort()])
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const env = {
    ...ENV,
    MUSTER_PUBLIC_URL: String(urls[0]),
    MUSTER_OBJECTS: `s3://${s3.bucket}/${PREFIX}`,
    MUSTER_S3_ENDPOINT: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  }
  const running = new Set<Process>()
  const starting = (words: readonly string[]) => async (): Promise<Process> => {
    const process = await startProcess(words, { databaseUrl: postgres.url, env })
    running.add(process)
    return process
  }
  const parts = await Promise.all(
    [...ports.map((port) => ['serve', '--no-jobs', '--port', String(port)]), ...[['worker'], ['worker']]].map(
      (words) => standing(starting(words)),
    ),
  )
  const [api, otherApi, worker, otherWorker] = parts.map(({ kill }) => kill) as [Kill, Kill, Kill, Kill]
  return {
    urls,
    databaseUrl: postgres.url,
    kills: {
      api,
      'other api': otherApi,
      worker,
      'other worker': otherWorker,
      PostgreSQL: postgres.crash,
      S3: s3.crash,
    },
    files: () => keysBelow(s3, PREFIX),
    output: () => parts.map(({ output }) => output()).join(''),
    stop: async () => {
      for (const process of running) await process.end('SIGKILL')
      await Promise.all([postgres.stop(), s3.stop()])
    },
  }
}

type Kill = () => Promise<void>
