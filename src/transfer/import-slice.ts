import { type Job, watchJob } from '../client/jobs.ts'
import { addSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Json } from '../domain/json.ts'
import { identityOf } from './identity.ts'
import { insertedBefore } from './inserted-before.ts'
import { fileOf } from './run-order.ts'
import { BUSY_SECONDS, type Sending } from './sending.ts'
import type { Slice } from './slices.ts'
import type { Outcome, RefusedUser, UserError } from './tally.ts'

interface SliceOf {
  readonly file: number
  readonly slice: Slice
}

/** The outcome is on the disk before it counts, so that a later process does not send the slice again. */
export async function importSlice({ file, slice }: SliceOf, sending: Sending): Promise<void> {
  const place = { file, slice: slice.number }
  const outcome = await sentSlice({ file, slice }, sending)
  await sending.folder.note({ kind: 'done', ...place, outcome })
  sending.state.add(file, outcome)
  sending.onProgress({ file, users: slice.users.length })
}

const TRIES_MAX = 5

/**
 * Auth0 has no idempotency keys and no list of jobs. So if an answer was lost, or a job broke off, the slice is sent
 * again: the e-mail address makes each user once. Users who are refused as known only since the first request count as
 * inserted.
 */
async function sentSlice({ file, slice }: SliceOf, sending: Sending): Promise<Outcome> {
  const { client, state, order, signal } = sending
  const { name, connection } = fileOf(order, file)
  const before = state.sentBefore({ file, slice: slice.number })
  if (before !== undefined && before.hash !== slice.hash) throw otherVersion(name)
  let times = before?.times ?? 0
  let at = before?.at
  let jobId = before?.job
  for (let tried = 1; ; tried++) {
    try {
      if (jobId === undefined) {
        const now = await serverTime(sending)
        at ??= now
        times++
        jobId = await posted({ file, slice }, now, sending)
      }
      const job = await watchJob(client, jobId, { signal })
      const outcome = outcomeOf(job, slice, await errorsOf(jobId, sending))
      const isFirst = times === 1 || order.upsert !== 'no'
      return isFirst ? outcome : await insertedBefore(outcome, { connection, at: at ?? '' }, sending)
    } catch (error) {
      const mayRepeat = tried < TRIES_MAX && (isBroken(error) || (jobId === undefined && isLost(error)))
      if (!mayRepeat) throw error
      jobId = undefined
      await client.pace.wait(2 ** tried, signal)
    }
  }
}

/** Auth0 ends a job after two hours, and forgets it after a day. */
function isBroken(error: unknown): boolean {
  return error instanceof Failure && error.code === 'job_failed'
}

/** The answer was lost, so the request may have made a job or not. */
function isLost(error: unknown): boolean {
  if (!(error instanceof Failure)) return false
  return error.mayRetry || Number(error.members['status'] ?? 0) >= 500
}

async function posted(of: SliceOf, at: string, sending: Sending): Promise<string> {
  const { folder } = sending
  const place = { file: of.file, slice: of.slice.number }
  await folder.note({ kind: 'sending', ...place, at, hash: of.slice.hash })
  const job = await postSlice(of, sending)
  await folder.note({ kind: 'sent', ...place, job })
  return job
}

function otherVersion(name: string): Failure {
  return new Failure(
    'run_unusable',
    `A slice of ${name} differs from the one that was sent. Another version of muster has begun the run, and must finish it.`,
  )
}

async function postSlice({ file, slice }: SliceOf, { client, order, signal }: Sending): Promise<string> {
  const form = new FormData()
  form.set('connection_id', fileOf(order, file).connectionId)
  form.set('upsert', String(order.upsert !== 'no'))
  form.set('send_completion_email', 'false')
  form.set('users', new Blob([Uint8Array.from(slice.bytes)], { type: 'application/json' }), 'users.json')
  const encoded = new Response(form)
  const bytes = new Uint8Array(await encoded.arrayBuffer())
  const type = encoded.headers.get('content-type') ?? ''
  const job = await client.json<Job>({
    method: 'POST',
    path: 'jobs/users-imports',
    body: () => ({ type, bytes }),
    busySeconds: BUSY_SECONDS,
    signal,
  })
  return job.id
}

// A server shows its time in whole seconds, and a user may be stored in the second of the request.
const EARLY_SECONDS = 2

/** The clock of this machine may be wrong, so the time comes from an answer of Auth0. */
async function serverTime({ client, signal }: Sending): Promise<string> {
  const { body, headers } = await client.open({ path: 'connections', query: { per_page: 1 }, signal })
  body.resume()
  const shown = Date.parse(headers.date ?? '')
  const now = Number.isNaN(shown) ? client.pace.clock.now() : new Date(shown)
  return addSeconds(now, -EARLY_SECONDS).toISOString()
}

interface Auth0Error {
  readonly user: Json
  readonly errors: readonly UserError[]
}

/** Auth0 answers an array, or nothing. For a job that broke it answers the job. */
async function errorsOf(jobId: string, { client, signal }: Sending): Promise<readonly Auth0Error[]> {
  const answer = await client.json<readonly Auth0Error[] | object | undefined>({
    path: `jobs/${jobId}/errors`,
    signal,
  })
  return Array.isArray(answer) ? (answer as readonly Auth0Error[]) : []
}

function outcomeOf(job: Job, slice: Slice, errors: readonly Auth0Error[]): Outcome {
  const { total = 0, inserted = 0, updated = 0, failed = 0 } = job.summary ?? {}
  if (total !== slice.users.length || inserted + updated + failed !== total)
    throw new Failure(
      'server_unexpected',
      `The job ${job.id} counts ${inserted} inserted, ${updated} updated and ${failed} failed of ${total} users, and ${slice.users.length} were sent.`,
    )
  const counts = { read: total, inserted, updated, failed, incomplete: 0 }
  return { counts, refused: located(errors, slice) }
}

/**
 * Auth0 names users, not places. Of several entries with one identity the first was imported, so the errors are those
 * of the last ones.
 */
function located(errors: readonly Auth0Error[], { users }: Slice): readonly RefusedUser[] {
  const places = new Map<string, number[]>()
  users.forEach(({ identity }, n) => {
    const others = places.get(identity)
    if (others === undefined) places.set(identity, [n])
    else others.push(n)
  })
  return errors
    .map(({ user, errors: problems }) => {
      const at = users[places.get(identityOf(user))?.pop() ?? -1]
      const place = at === undefined ? {} : { entry: at.entry, line: at.line }
      return { ...place, user, errors: problems }
    })
    .sort((one, other) => (one.entry ?? 0) - (other.entry ?? 0))
}
