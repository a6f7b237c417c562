import { randomUUID } from 'node:crypto'
import { type Job, watchJob } from '../client/jobs.ts'
import { Failure } from '../domain/failure.ts'
import type { ImportFormat } from '../domain/import-request.ts'
import type { Json } from '../domain/json.ts'
import { fileOf, type OrderedFile, type RunOrder } from './run-order.ts'
import { BUSY_SECONDS, type Sending } from './sending.ts'
import type { Outcome, RefusedUser, UserError } from './tally.ts'
import { openUsersFile } from './users-file.ts'

const TYPES: Readonly<Record<ImportFormat, string>> = {
  ndjson: 'application/x-ndjson',
  json: 'application/json',
  csv: 'text/csv',
}

/**
 * Imports one file as one job. The idempotency key is noted before the request, so a run that goes on sends the same key
 * and the server makes no second job. Fails with `run_unusable` if the server may have forgotten the key.
 */
export async function sendToMuster(number: number, sending: Sending): Promise<void> {
  const { client, folder, order, state, signal } = sending
  const place = { file: number, slice: 0 }
  if (state.isDone(place)) return
  const file = fileOf(order, number)
  const before = state.sentBefore(place)
  let jobId = before?.job
  if (jobId === undefined) {
    const key = before?.key ?? randomUUID()
    const now = client.pace.clock.now()
    if (before === undefined) await folder.note({ kind: 'sending', ...place, key, at: now.toISOString() })
    else if (now.getTime() - Date.parse(before.at) > KEY_MS_MAX) throw tooLate(file)
    jobId = (await post(file, key, sending)).id
    await folder.note({ kind: 'sent', ...place, job: jobId })
  }
  const job = await endOf(jobId, number, sending)
  const { refused, listed } = await refusedBy(jobId, sending)
  const outcome = outcomeOf(job, refused, listed)
  await folder.note({ kind: 'done', ...place, outcome })
  state.add(number, outcome)
  signal.throwIfAborted()
}

// A Muster forgets a key after 24 hours. An hour is for clocks that differ, and for the file on its way.
const KEY_MS_MAX = 23 * 3600 * 1000

function tooLate({ name }: OrderedFile): Failure {
  return new Failure(
    'run_unusable',
    `${name} was sent more than 23 hours ago, and the answer never came. The server may have forgotten the request, \
so sending it again could import users twice. Look at the users there, and import the file with --upsert.`,
  )
}

function post(file: OrderedFile, key: string, { client, order, signal }: Sending): Promise<Job> {
  return client.json<Job>({
    method: 'POST',
    path: 'jobs/users-imports',
    query: queryOf(file, order),
    // The server says what is wrong with the request before a large file is on its way.
    headers: { 'idempotency-key': key, 'content-length': String(file.bytes), expect: '100-continue' },
    body: () => ({ type: TYPES[file.format], bytes: openUsersFile(file) }),
    busySeconds: BUSY_SECONDS,
    signal,
  })
}

function queryOf({ connectionId, format }: OrderedFile, { upsert, preserve, dryRun, csv }: RunOrder) {
  return {
    connection_id: connectionId,
    upsert: upsert === 'no' ? undefined : upsert,
    preserve: preserve || undefined,
    dry_run: dryRun || undefined,
    ...(format === 'csv' ? { guard: csv?.guard, delimiter: csv?.delimiter } : {}),
  }
}

/** A job that failed has stored the users before the place where it failed, so it has a summary too. */
async function endOf(id: string, file: number, { client, onProgress, signal }: Sending): Promise<Job> {
  try {
    return await watchJob(client, id, {
      onProgress: ({ users = 0, percentage_done: percentage }) =>
        onProgress({ file, users, share: percentage === undefined ? undefined : percentage / 100 }),
      signal,
    })
  } catch (error) {
    const job = error instanceof Failure ? (error.members['job'] as Job | undefined) : undefined
    if (job?.status === 'failed') return job
    throw error
  }
}

interface ErrorPage {
  readonly errors: readonly {
    readonly user: Json
    readonly errors: readonly UserError[]
    readonly line?: number
  }[]
  readonly next?: string
}

const LEFT_OUT = 'LEFT_OUT'

/** A user with only LEFT_OUT is stored, so it is not among the refused ones. */
async function refusedBy(
  id: string,
  { client, signal }: Sending,
): Promise<{ refused: readonly RefusedUser[]; listed: number }> {
  const refused: RefusedUser[] = []
  let from: string | undefined
  do {
    const page: ErrorPage | Job | undefined = await client.json({
      path: `jobs/${id}/errors`,
      query: { take: 1000, from },
      signal,
    })
    // A failed job without errors answers the job.
    if (page === undefined || !('errors' in page)) break
    refused.push(...page.errors.filter(({ errors }) => errors.some(({ code }) => code !== LEFT_OUT)))
    from = page.next
  } while (from !== undefined)
  return { refused, listed: refused.length }
}

function outcomeOf(job: Job, refused: readonly RefusedUser[], listed: number): Outcome {
  const { total = 0, inserted = 0, updated = 0, failed = 0, incomplete = 0 } = job.summary ?? {}
  if (inserted + updated + failed !== total)
    throw new Failure(
      'server_unexpected',
      `The job ${job.id} counts ${inserted} inserted, ${updated} updated and ${failed} failed of ${total} users.`,
    )
  const details = job.status_details
  const counts = { read: total, inserted, updated, failed, incomplete }
  const cut = listed < failed ? `The server lists ${listed} of ${failed} refused users.` : undefined
  const remark = [job.status === 'failed' ? undefined : details, cut].filter(Boolean).join(' ')
  return {
    counts,
    refused,
    ...(remark === '' ? {} : { remark }),
    ...(job.status === 'failed'
      ? { problem: details ?? 'The job failed, and the server gives no reason.' }
      : {}),
  }
}
