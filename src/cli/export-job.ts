import type { Client } from '../client/client.ts'
import { cancelJob, createJob, type Job, type JobProgress, watchJob } from '../client/jobs.ts'
import { Failure } from '../domain/failure.ts'
import { CONNECTION_ID_PATTERN } from '../domain/ids.ts'
import { requestOf } from './export-request.ts'
import type { Run } from './export-run.ts'
import { counted } from './progress.ts'

export interface StartedJob {
  readonly job: Job
  /** For Ctrl-C. Prints whether the job was cancelled. */
  cancel(): Promise<void>
}

// Without the answer the command does not know which job to cancel. A server answers within a second.
const GRACE_SECONDS = 3

export async function startedJob(run: Run): Promise<StartedJob> {
  const { options, client, progress, signal } = run
  const connectionId = options.connection && (await connectionIdOf(client, options.connection, signal))
  const json = requestOf(options, connectionId)
  signal.throwIfAborted()
  const grace = graceAfter(signal)
  try {
    const job = await createJob(client, { path: 'jobs/users-exports', json, signal: grace.signal })
    progress.say(`Export ${job.id}`)
    return { job, cancel: () => cancelled(run, job.id) }
  } finally {
    grace.release()
  }
}

/** Aborts GRACE_SECONDS after the signal, so that an answer with the id of a job may still come. */
function graceAfter(signal: AbortSignal): { signal: AbortSignal; release(): void } {
  const ending = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    timer = setTimeout(() => ending.abort(signal.reason), GRACE_SECONDS * 1000)
  }
  signal.addEventListener('abort', wait)
  return {
    signal: ending.signal,
    release: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wait)
    },
  }
}

async function connectionIdOf(client: Client, given: string, signal: AbortSignal): Promise<string> {
  if (new RegExp(CONNECTION_ID_PATTERN).test(given)) return given
  const found = await client.json<readonly { id: string; name: string }[]>({
    path: 'connections',
    query: { name: given },
    signal,
  })
  const connection = found.find(({ name }) => name === given)
  if (connection !== undefined) return connection.id
  throw new Failure('usage_invalid', `There is no connection ${given}. See them with: muster connections`)
}

async function cancelled({ client, progress }: Run, id: string): Promise<void> {
  if (client.target.kind === 'auth0')
    return progress.say(
      `Auth0 cannot cancel a job. ${id} goes on there, and Auth0 removes its file after 24 hours.`,
    )
  try {
    await cancelJob(client, id, AbortSignal.timeout(GRACE_SECONDS * 1000))
    progress.say(`${id} is cancelled.`)
  } catch {
    progress.say(
      `${id} could not be cancelled: the server does not answer. Cancel it with: muster jobs cancel ${id}`,
    )
  }
}

/** Resolves with the completed job. Fails as `watchJob` does. */
export function watched(
  { id }: Pick<Job, 'id'>,
  { client, progress, signal }: Pick<Run, 'client' | 'progress' | 'signal'>,
): Promise<Job> {
  return watchJob(client, id, { signal, onProgress: (now) => progress.show(shareOf(now), textOf(now)) })
}

function shareOf({ percentage_done: percentage }: JobProgress): number | undefined {
  return percentage === undefined ? undefined : percentage / 100
}

function textOf(now: JobProgress): string {
  const { users, total, users_per_second: rate, time_left_seconds: left, percentage_done: percentage } = now
  const parts = [
    percentage === undefined ? now.status : `${percentage} %`,
    users === undefined
      ? undefined
      : `${counted(users)}${total === undefined ? '' : ` of ${counted(total)}`} users`,
    rate === undefined ? undefined : `${counted(Math.round(rate))} users/s`,
    left === undefined ? undefined : `${left} s left`,
    now.status_details,
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}
