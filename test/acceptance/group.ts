import { join } from 'node:path'
import { inject } from 'vitest'
import { newCertificate, startBalancer } from '../fixtures/balancer.ts'
import { freePort } from '../fixtures/free-port.ts'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { newFolder, type Process, type StartOptions, startProcess } from './start-process.ts'

/** Processes that share one PostgreSQL and one bucket, behind a load balancer. It looks like one server. */
export interface Group extends Process {
  readonly folder: string
  readonly caPath: string
  readonly apis: readonly Process[]
  readonly workers: readonly Process[]
  /** The URL of each process that answers requests. */
  readonly urls: readonly string[]
  readonly databaseUrl: string
  /** Starts another worker. */
  addWorker(): Promise<Process>
}

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
  const ports = await Promise.all(Array.from({ length: size.apis }, freePort))
  // A process that tried to write a data folder could not start.
  const own = { MUSTER_PUBLIC_URL: balancer.url, MUSTER_DATA_DIR: '/proc/none' }
  const shared = { databaseUrl, env: { ...bucketOf(databaseUrl), ...own, ...given } }
  const ownArgs = args.filter((arg) => arg !== '--tls-self-signed')
  const startApi = (port: number): Promise<Process> =>
    startProcess(['serve', '--no-jobs', '--port', String(port)], { ...shared, args: ownArgs })
  const workers: Process[] = []
  const addWorker = async (): Promise<Process> => {
    const worker = await startProcess(['worker'], shared)
    workers.push(worker)
    return worker
  }
  const [apis] = await Promise.all([
    Promise.all(ports.map(startApi)),
    Promise.all(Array.from({ length: size.workers }, addWorker)),
  ])
  balancer.spread(ports)
  return {
    ...(apis[0] as Process),
    url: balancer.url,
    folder,
    caPath: join(folder, 'cert.pem'),
    apis,
    workers,
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    databaseUrl,
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

// Each database has a prefix of its own.
function bucketOf(databaseUrl: string): Record<string, string> {
  const s3 = inject('s3')
  if ('missing' in s3) throw new Error(`this run has no S3 store: ${s3.missing}`)
  return {
    MUSTER_OBJECTS: `s3://${s3.bucket}${new URL(databaseUrl).pathname}`,
    MUSTER_S3_ENDPOINT: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  }
}
