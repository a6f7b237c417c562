import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { JOB_STATUSES, JOB_TYPES } from '../domain/job.ts'
import {
  type JobCensus,
  RUN_ENDS,
  type RunSeen,
  type See,
  type Seen,
  type ThreadSeen,
} from '../domain/seen.ts'

export interface Metrics {
  readonly see: See
  readonly contentType: string
  /** Prometheus's text format. Without a census the metrics of the queue are absent. */
  text(census: JobCensus | undefined): Promise<string>
}

// An export of 100 users takes 20 ms, one of a million users some seconds, and one of a billion an hour.
const PHASE_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600]
const LAG_BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

/** Everything that operations.md lists. Most counters begin at 0 before their first event, so that a rate includes it. */
export function promMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  // muster_event_loop_lag_seconds says more. These are `Nan` at first, which is not Prometheus's NaN.
  for (const { name } of registry.getMetricsAsArray())
    if (name.startsWith('nodejs_eventloop_lag')) registry.removeSingleMetric(name)
  new Gauge({ name: 'muster_info', help: 'The version.', labelNames: ['version'], registers })
    .labels(version)
    .set(1)
  const takers = [runs(registers), failures(registers), downloads(registers), threads(registers)]
  const queue = queueOf(registers)
  return {
    see: (seen) => {
      for (const take of takers) take(seen)
    },
    contentType: registry.contentType,
    text: (census) => {
      queue(census)
      return registry.metrics()
    },
  }
}

type Registers = Registry[]

function runs(registers: Registers): See {
  const ended = new Counter({
    name: 'muster_job_runs_total',
    help: 'Runs of jobs that have ended, by how they ended.',
    labelNames: ['type', 'end'],
    registers,
  })
  for (const type of JOB_TYPES) for (const end of RUN_ENDS) ended.inc({ type, end }, 0)
  const seconds = new Histogram({
    name: 'muster_job_phase_seconds',
    help: 'Seconds that completed jobs spent in each phase.',
    labelNames: ['type', 'phase'],
    buckets: PHASE_BUCKETS,
    registers,
  })
  const users = new Counter({
    name: 'muster_users_total',
    help: 'Users of ended jobs: exported, or what an import did with them.',
    labelNames: ['done'],
    registers,
  })
  for (const done of ['exported', 'inserted', 'updated', 'refused']) users.inc({ done }, 0)
  const bytes = new Counter({
    name: 'muster_file_bytes_total',
    help: 'Bytes of files, as stored or sent, of ended jobs.',
    labelNames: ['type'],
    registers,
  })
  for (const type of ['users_export', 'users_import']) bytes.inc({ type }, 0)
  return (seen) => {
    if (seen.kind !== 'run') return
    const { type, end, done }: RunSeen = seen
    ended.inc({ type, end })
    if (end === 'completed')
      for (const [phase, spent] of Object.entries(seen.seconds)) seconds.observe({ type, phase }, spent)
    if (done === undefined) return
    bytes.inc({ type }, done.bytes)
    for (const [name, count] of Object.entries(done.users)) users.inc({ done: name }, count)
  }
}

function failures(registers: Registers): See {
  const failed = new Counter({
    name: 'muster_failures_total',
    help: 'Failures of requests and of jobs, by their code.',
    labelNames: ['code'],
    registers,
  })
  for (const code of ['internal', 'database_unavailable', 'object_store_unavailable']) failed.inc({ code }, 0)
  return (seen) => {
    if (seen.kind === 'failure') failed.inc({ code: seen.code })
  }
}

function downloads(registers: Registers): See {
  const counted = new Counter({
    name: 'muster_downloads_total',
    help: 'Downloads through Muster that have begun, have ended whole, or were cut.',
    labelNames: ['event'],
    registers,
  })
  for (const event of ['begun', 'ended', 'cut']) counted.inc({ event }, 0)
  return (seen) => {
    if (seen.kind === 'download') counted.inc({ event: seen.event })
  }
}

function threads(registers: Registers): See {
  const lag = new Histogram({
    name: 'muster_event_loop_lag_seconds',
    help: 'For how long the event loop was blocked, the longest time of each second.',
    labelNames: ['thread'],
    buckets: LAG_BUCKETS,
    registers,
  })
  const connections = new Gauge({
    name: 'muster_pool_connections',
    help: 'Open connections to the database.',
    labelNames: ['pool', 'state'],
    registers,
  })
  const waiting = new Gauge({
    name: 'muster_pool_waiting',
    help: 'Callers that wait for a connection to the database.',
    labelNames: ['pool'],
    registers,
  })
  return (seen: Seen) => {
    if (seen.kind !== 'thread') return
    const { thread, lagSeconds, pools }: ThreadSeen = seen
    lag.observe({ thread }, lagSeconds)
    for (const [pool, { open, idle, waiting: callers }] of Object.entries(pools)) {
      connections.set({ pool, state: 'used' }, open - idle)
      connections.set({ pool, state: 'idle' }, idle)
      waiting.set({ pool }, callers)
    }
  }
}

function queueOf(registers: Registers): (census: JobCensus | undefined) => void {
  const jobs = new Gauge({
    name: 'muster_jobs',
    help: 'Jobs in the database, of all processes.',
    labelNames: ['type', 'status'],
    registers,
  })
  const age = new Gauge({
    name: 'muster_queue_age_seconds',
    help: 'How long the oldest job has been waiting for a worker, of all processes.',
    labelNames: ['type'],
    registers,
  })
  return (census) => {
    jobs.reset()
    age.reset()
    if (census === undefined) return
    for (const type of JOB_TYPES) {
      age.set({ type }, 0)
      for (const status of JOB_STATUSES) jobs.set({ type, status }, 0)
    }
    for (const { type, status, jobs: count } of census.counts) jobs.set({ type, status }, count)
    for (const { type, seconds } of census.ages) age.set({ type }, seconds)
  }
}
