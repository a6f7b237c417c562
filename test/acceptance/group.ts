import { join } from 'node:path'
import { inject } from 'vitest'
import { newCertificate, startBalancer } from '../fixtures/balancer.ts'
import { freePort } from '../fixtures/free-port.ts'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { keysBelow } from '../fixtures/s3-keys.ts'
import type { S3Server } from '../fixtures/s3-server.ts'
import { newFolder, type Process, type StartOptions, startProcess } from './start-process.ts'

/** Processes that share one PostgreSQL and one bucket, behind a load balancer. It looks like one server. */
export interface Group extends Process {
  readonly folder: string
  readonly caPath: string
  /** Each with its own URL. */
  readonly apis: readonly Process[]
  readonly workers: readonly Process[]
  readonly databaseUrl: string
  files(): Promise<readonly string[]>
  /** Starts another process. The load balancer does not know it. */
  addApi(env?: Environment): Promise<Process>
  addWorker(env?: Environment): Promise<Process>
}

type Environment = Readonly<Record<string, string>>
type Store = Omit<S3Server, 'stop'>

/** The number of processes of each kind. */
export interface GroupSize {
  readonly apis: number
  readonly workers: number
}

/** Starts all processes at once, as an orchestrator does, on a new database unless there is one. */
export async function startGroup(size: GroupSize, options: StartOptions = {}): Promise<Group> {
  const folder = newFolder()
  const { args = [], env: given } = options
  const isTls = args.includes('--tls-self-signed')
  const balancer = await startBalancer(isTls ? newCertificate(folder) : undefined)
  const made = options.databaseUrl === undefined ? await newDatabase() : undefined
  const databaseUrl = options.databaseUrl ?? made?.url ?? ''
  // A process that tried to write a data folder could not start.
  const own = { MUSTER_PUBLIC_URL: balancer.url, MUSTER_DATA_DIR: '/proc/none' }
  const s3 = storeOfRun()
  const shared = { databaseUrl, env: { ...bucketOf(s3, databaseUrl), ...own, ...given } }
  const ownArgs = args.filter((arg) => arg !== '--tls-self-signed')
  const apis: Process[] = []
  const addApi = async (more: Environment = {}): Promise<Process> => {
    const port = await freePort()
    const words = ['serve', '--no-jobs', '--port', String(port)]
    const started = await startProcess(words, { ...shared, args: ownArgs, env: { ...shared.env, ...more } })
    const api = { ...started, url: `http://127.0.0.1:${port}` }
    apis.push(api)
    return api
  }
  const workers: Process[] = []
  const addWorker = async (more: Environment = {}): Promise<Process> => {
    const worker = await startProcess(['worker'], { ...shared, env: { ...shared.env, ...more } })
    workers.push(worker)
    return worker
  }
  await Promise.all([
    ...Array.from({ length: size.apis }, () => addApi()),
    ...Array.from({ length: size.workers }, () => addWorker()),
  ])
  balancer.spread(apis.map(({ url }) => Number(new URL(url).port)))
  return {
    ...(apis[0] as Process),
    url: balancer.url,
    folder,
    caPath: join(folder, 'cert.pem'),
    apis,
    workers,
    databaseUrl,
    files: () => keysBelow(s3, prefixOf(databaseUrl)),
    addApi,
    addWorker,
    output: () => [...apis, ...workers].map(({ output }) => output()).join(''),
    end: async (signal) => {
      const ends = await Promise.all([...apis, ...workers].map(({ end }) => end(signal)))
      await balancer.stop()
      await made?.stop()
      return {
        code: ends.find(({ code }) => code !== 0)?.code ?? 0,
        seconds: Math.max(...ends.map(({ seconds }) => seconds)),
      }
    },
  }
}

function newDatabase(): ReturnType<typeof newPostgresDatabase> {
  const postgres = inject('postgres')
  if (!('url' in postgres)) throw new Error('this run has no PostgreSQL')
  return newPostgresDatabase(postgres.url)
}

function storeOfRun(): Store {
  const s3 = inject('s3')
  if ('missing' in s3) throw new Error(`this run has no S3 store: ${s3.missing}`)
  return s3
}

function bucketOf(s3: Store, databaseUrl: string): Record<string, string> {
  return {
    MUSTER_OBJECTS: `s3://${s3.bucket}/${prefixOf(databaseUrl)}`,
    MUSTER_S3_ENDPOINT: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  }
}

// Each database has one of its own.
function prefixOf(databaseUrl: string): string {
  return `${new URL(databaseUrl).pathname.slice(1)}/`
}
