import { randomUUID } from 'node:crypto'
import { addSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import type { ApiRequest, Client } from './client.ts'
import { type ServerEvent, serverEvents } from './events.ts'

/** As the API shows a job. Auth0 leaves out members that Muster has. */
export interface Job {
  readonly id: string
  readonly type: string
  /** `deleted` is only in the job of a failure of `watchJob`. */
  readonly status: string
  readonly created_at?: string
  readonly connection_id?: string
  readonly connection?: string
  readonly format?: string
  readonly location?: string
  readonly until?: string
  readonly summary?: JobSummary
  readonly status_details?: string
  readonly percentage_done?: number
  readonly time_left_seconds?: number
}

/** An export has only the total. */
export interface JobSummary {
  readonly total?: number
  readonly inserted?: number
  readonly updated?: number
  readonly failed?: number
  readonly incomplete?: number
}

/** Only the events of Muster have all members. Polling gives fewer. */
export interface JobProgress {
  readonly status: string
  readonly percentage_done?: number
  readonly users?: number
  readonly total?: number
  readonly bytes?: number
  readonly users_per_second?: number
  readonly time_left_seconds?: number
  /** Why the job is tried again. */
  readonly status_details?: string
}

export interface Watching {
  readonly onProgress?: (progress: JobProgress) => void
  readonly signal?: AbortSignal | undefined
}

/** With a key a lost answer may be asked for again, and no second job is made. Auth0 has no such keys. */
export function createJob(client: Client, request: ApiRequest): Promise<Job> {
  const key = client.target.kind === 'muster' ? { 'idempotency-key': randomUUID() } : {}
  return client.json<Job>({ ...request, method: 'POST', headers: { ...key, ...request.headers } })
}

/** Each answer for a completed export has a new link. */
export function getJob(client: Client, id: string, signal?: AbortSignal): Promise<Job> {
  return client.json<Job>({ path: `jobs/${id}`, signal })
}

/** Stops and deletes the job. False if there is no such job, or if the server is an Auth0, which cancels nothing. */
export async function cancelJob(client: Client, id: string, signal?: AbortSignal): Promise<boolean> {
  if (client.target.kind === 'auth0') return false
  try {
    await client.json({ method: 'DELETE', path: `jobs/${id}`, signal })
    return true
  } catch (error) {
    if (hasStatus(error, 404)) return false
    throw error
  }
}

/**
 * The completed job. Fails with `job_failed`, which has the job as its member `job`, if the job failed, expired or was
 * deleted. A server that restarts is waited for.
 */
export async function watchJob(client: Client, id: string, watching: Watching = {}): Promise<Job> {
  const last = client.target.kind === 'muster' ? await lastByEvents(client, id, watching) : undefined
  const job = last ?? (await lastByPolling(client, id, watching))
  if (job.status === 'completed') return job
  throw new Failure('job_failed', whyFailed(job), { members: { job } })
}

// A stream that was cut is opened again several times, because events show a change seconds before polling does.
const CUTS_MAX = 5

/** Undefined if no events come, so that the job must be polled. */
async function lastByEvents(client: Client, id: string, watching: Watching): Promise<Job | undefined> {
  let lastId: string | undefined
  for (let cuts = 0; cuts < CUTS_MAX; cuts++) {
    if (cuts > 0) await client.pace.wait(1, watching.signal)
    try {
      for await (const event of eventsOf(client, id, { ...watching, lastId })) {
        if (event.name === 'end') return glanceAtJson(event.data) as unknown as Job
        watching.onProgress?.(glanceAtJson(event.data) as unknown as JobProgress)
        lastId = event.id
        cuts = 0
      }
    } catch (error) {
      watching.signal?.throwIfAborted()
      // The network has cut the stream, so it is opened again.
      if (!(error instanceof Failure)) continue
      // The server could not be reached for two minutes, so polling would not help.
      if (error.mayRetry) throw error
      // The server has no events, or no place for one more watcher, or no such job. Polling finds out.
      return undefined
    }
  }
  return undefined
}

interface Following extends Watching {
  readonly lastId: string | undefined
}

async function* eventsOf(
  client: Client,
  id: string,
  { lastId, signal }: Following,
): AsyncGenerator<ServerEvent> {
  const headers = {
    accept: 'text/event-stream',
    ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
  }
  // A server without a place for one more watcher answers 429. Polling needs no place.
  const request = { path: `jobs/${id}/events`, headers, busySeconds: 0, signal }
  const { body } = await patiently(client, () => client.open(request), signal)
  yield* serverEvents(body)
}

// Auth0 limits how often a client asks, and most exports take seconds or minutes.
const [POLL_SECONDS_FIRST, POLL_SECONDS_MAX, POLL_GROWTH] = [1, 5, 1.3]

async function lastByPolling(client: Client, id: string, { onProgress, signal }: Watching): Promise<Job> {
  for (let seconds = POLL_SECONDS_FIRST; ; seconds = Math.min(seconds * POLL_GROWTH, POLL_SECONDS_MAX)) {
    const job = await jobOrGone(client, id, signal)
    if (!isRunning(job)) return job
    const total = job.summary?.total
    onProgress?.({ ...job, ...(total === undefined ? {} : { total }) })
    await client.pace.wait(seconds, signal)
  }
}

async function jobOrGone(client: Client, id: string, signal: AbortSignal | undefined): Promise<Job> {
  try {
    return await patiently(client, () => getJob(client, id, signal), signal)
  } catch (error) {
    if (hasStatus(error, 404)) return { id, type: '', status: 'deleted' }
    throw error
  }
}

/** A status that is not known yet is not the end. */
function isRunning({ status }: Job): boolean {
  return !['completed', 'failed', 'expired', 'deleted'].includes(status)
}

function whyFailed({ id, status, status_details: details }: Job): string {
  if (status === 'deleted') return `The job ${id} was deleted on the server. Run the command again.`
  if (status === 'expired')
    return `The job ${id} has expired: the server keeps a job for 24 hours. Run the command again.`
  return `The job ${id} failed: ${details ?? 'the server gives no reason. Run the command again.'}`
}

// A new version is installed, or a database moves to another host, in less.
export const PATIENCE_SECONDS = 120
const PAUSE_SECONDS = 2

/** Asks again while the server cannot be reached or fails, as when it restarts: two minutes at the most. */
export async function patiently<T>(
  { pace }: Client,
  ask: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const until = addSeconds(pace.clock.now(), PATIENCE_SECONDS)
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      signal?.throwIfAborted()
      const isPassing = error instanceof Failure && error.mayRetry && pace.clock.now() < until
      if (!isPassing) throw error
      await pace.wait(PAUSE_SECONDS, signal)
    }
  }
}

export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Failure && error.members['status'] === status
}
