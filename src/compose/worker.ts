import { systemClock, systemStopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { JOB_LIFETIME_SECONDS, type JobType } from '../domain/job.ts'
import { jobPrefix, runPrefixOf } from '../domain/object-key.ts'
import type { Seen } from '../domain/seen.ts'
import { expireJobs } from '../flow/expire-jobs.ts'
import { forgetChanges } from '../flow/forget-changes.ts'
import { forgetReceipts } from '../flow/forget-receipts.ts'
import { UPLOAD_LEASE_SECONDS } from '../flow/import-places.ts'
import { removeOrphans } from '../flow/remove-orphans.ts'
import { newProbeSweep } from '../flow/remove-probes.ts'
import { type RunJobDeps, runJob } from '../flow/run-job.ts'
import type { Lane } from '../jobs/job-store.ts'
import type { OnExported } from '../jobs/pg-job-store.ts'
import { pgReceiptChain } from '../receipts/pg-receipt-chain.ts'
import { type KeyRing, startKeyRing } from '../tokens/key-ring.ts'
import { pgSecretStore } from '../tokens/pg-secret-store.ts'
import { jwsSigner } from '../tokens/sign-jws.ts'
import { issuerOf } from '../tokens/tokens.ts'
import { ownVersion } from '../version.ts'
import { newClockJumps } from '../work/clock-jumps.ts'
import { type Sweeper, startSweeper } from '../work/sweeper.ts'
import { type EndedRun, type NamedJob, startWorker, type Worker } from '../work/worker.ts'
import { newClosers } from './closers.ts'
import { type JobEngine, KEYS_UNREAD, SMALL_EXPORTS } from './engine.ts'
import { tracesOf } from './observe.ts'
import { jobRunners, type WorkDeps } from './runners.ts'
import { openJobSources } from './sources.ts'
import { objectsOf, type Stores, storesOf } from './stores.ts'
import type { WorkConfig, WorkOrder } from './work-order.ts'

const POLL_SECONDS = 1
const SWEEP_SECONDS = 60
// A store may charge for each look for unfinished objects. Those of a job are also removed when it expires.
const UNFINISHED_SECONDS = 3600
// A blocked event loop must not cost a running export, so fifteen renewals may fail. The job of a killed worker must
// run again within 30 s (promise 5), so no more than that.
const LEASE_SECONDS = 15
const RENEW_SECONDS = 1
// The process must end within 10 s after SIGTERM, so the sum must stay below.
const GRACE_SECONDS = 5
const END_SECONDS = 2

/** The caller has opened the object store and brought the schema up to date. Fails as `jobRunners` does. */
export async function composeWorker(order: WorkOrder, deps: WorkDeps): Promise<Worker> {
  const { engine, log, see } = deps
  const keys = await startKeyRing({
    secrets: pgSecretStore(engine.database),
    clock: engine.clock,
    everySeconds: order.config.limits.keysSeconds,
    onError: (err) => log.warn({ err }, KEYS_UNREAD),
  })
  const objects = await objectsOf(order.config.objects)
  const stores = storesOf(engine, objects, receiptsOf(order, engine, keys))
  const onError = (error: unknown, job?: NamedJob): void => {
    log.error({ err: error, ...namesOf(job) }, 'work failed')
    see({ kind: 'failure', code: error instanceof Failure ? error.code : 'internal' })
  }
  const traces = await tracesOf(systemClock)
  const onEnd = (run: EndedRun): void => {
    const { job, end, seconds } = run
    traces?.run(run)
    log.info({ ...namesOf(job), type: job.type, end, seconds }, 'job')
    see(seenOf(run))
  }
  const pools = newClosers()
  const sources = openJobSources(order.config, engine.copyWay, pools)
  const running = await jobRunners(order, stores, { ...deps, sources })
  const lanes = startLanes(order.config, { stores, engine, running, onError, onEnd })
  const sweeper = sweeperOf(order.config, { stores, deps, onError })
  return {
    wake: () => {
      for (const lane of lanes) lane.wake()
    },
    drop: (jobId) => {
      for (const lane of lanes) lane.drop(jobId)
    },
    stop: async () => {
      await Promise.all([...lanes.map((lane) => lane.stop()), sweeper.stop()])
      keys.stop()
      await pools.closeAll()
    },
  }
}

// The key comes from the database, so receipts of every thread and process can be checked with the same public key.
function receiptsOf({ place }: WorkOrder, { clock }: JobEngine, keys: KeyRing): OnExported {
  const issuer = issuerOf(place.publicUrl)
  const { tenant } = place
  const sign = (type: string, claims: object) => jwsSigner(keys.signing())(type, claims)
  return pgReceiptChain({ issuer, tenant, version: ownVersion(), clock, sign })
}

type OnError = (error: unknown, job?: NamedJob) => void

interface SweeperDeps {
  readonly stores: Stores
  readonly deps: WorkDeps
  readonly onError: OnError
}

function sweeperOf({ changesKeptDays, limits }: WorkConfig, { stores, deps, onError }: SweeperDeps): Sweeper {
  const { jobs, objects, changes, receipts } = stores
  const { clock } = deps.engine
  const reported = new Set<string>()
  // A sweep that fails meets the same jobs again each minute, so each job is logged once.
  const onFailure = (error: unknown, jobId: string): void => {
    if (!reported.has(jobId)) onError(error, { id: jobId })
    reported.add(jobId)
  }
  const jumps = newClockJumps({
    clock,
    stopwatch: systemStopwatch,
    onJump: (seconds) =>
      deps.log.error({ seconds }, 'the clock has jumped: nothing is removed by age for an hour'),
  })
  const expire = async (signal: AbortSignal): Promise<void> => {
    if (!jumps.isSteady()) return
    await expireJobs({ jobs, objects, clock, onFailure }, signal)
    await jobs.dropUploads(clock.now(), UPLOAD_LEASE_SECONDS)
    await forgetChanges({ changes, clock, keptDays: changesKeptDays })
    await forgetReceipts({ receipts, clock, keptDays: limits.receiptsKeptDays })
  }
  let sweptAt = Number.NEGATIVE_INFINITY
  const sweepUnfinished = async (): Promise<void> => {
    const now = systemStopwatch.seconds()
    if (now - sweptAt < UNFINISHED_SECONDS) return
    sweptAt = now
    await objects.removeUnfinished(JOB_LIFETIME_SECONDS)
  }
  const sweeps = [expire, () => removeOrphans({ jobs, objects }), newProbeSweep(objects), sweepUnfinished]
  return startSweeper(sweeps, SWEEP_SECONDS, onError)
}

interface LaneDeps {
  readonly stores: Stores
  readonly engine: Pick<JobEngine, 'clock'>
  readonly running: RunJobDeps
  readonly onError: OnError
  readonly onEnd: (run: EndedRun) => void
}

// A lane for each kind of job: a quick export must wait neither for a long import nor for a slow mail server.
function startLanes({ concurrency, limits }: WorkConfig, deps: LaneDeps): readonly Worker[] {
  const { running, onError, onEnd } = deps
  const { jobs, objects } = deps.stores
  const places: Record<JobType, number> = {
    users_export: concurrency,
    users_import: limits.importConcurrency,
    verification_email: limits.mailConcurrency,
  }
  const start = (lane: Lane, places: number): Worker =>
    startWorker(
      {
        jobs,
        clock: deps.engine.clock,
        stopwatch: systemStopwatch,
        run: (job, run) => runJob(job, running, run),
        discard: async (outcome) => {
          if (outcome.kind === 'exported') await objects.removeAll(runPrefixOf(outcome.objectKey))
        },
        // The users file holds password hashes, so it does not stay for the 24 hours that the job has left.
        settled: async (job, outcome) => {
          const isKept = outcome.kind === 'failed' && outcome.keepsFiles === true
          if (job.type === 'users_import' && !isKept) await objects.removeAll(jobPrefix(job.id))
        },
        doneSoFar: async (job) =>
          job.type === 'users_import' && !job.request.dryRun ? jobs.importedSoFar(job.id) : undefined,
        onError,
        onEnd,
      },
      {
        lane,
        concurrency: places,
        leaseSeconds: LEASE_SECONDS,
        renewSeconds: RENEW_SECONDS,
        pollSeconds: POLL_SECONDS,
        graceSeconds: GRACE_SECONDS,
        endSeconds: END_SECONDS,
        openingSeconds: limits.openingSeconds,
        stallSeconds: limits.stallSeconds,
        retryPauses: limits.retryPauses,
      },
    )
  const lanes = (Object.keys(places) as JobType[]).map((type) => start({ type }, places[type]))
  return [...lanes, start({ type: 'users_export', isSmall: true }, SMALL_EXPORTS)]
}

function namesOf(job: NamedJob | undefined): { readonly jobId?: string; readonly requestId?: string } {
  return job === undefined ? {} : { jobId: job.id, ...job.origin }
}

function seenOf({ job, end, seconds, bytes, outcome }: EndedRun): Seen {
  const seen = { kind: 'run', type: job.type, end, seconds } as const
  if (outcome?.kind === 'exported') {
    const { rows, bytes: stored } = outcome.receipt
    return { ...seen, done: { users: { exported: rows }, bytes: stored } }
  }
  const summary = outcome !== undefined && 'summary' in outcome ? outcome.summary : undefined
  // The summary of a dry run counts users who were not stored.
  if (summary === undefined || job.type !== 'users_import' || job.request.dryRun) return seen
  const { inserted, updated, failed: refused } = summary
  return { ...seen, done: { users: { inserted, updated, refused }, bytes } }
}
