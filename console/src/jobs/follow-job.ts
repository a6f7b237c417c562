import { type Api, dataOf, type Job } from '../api/client.ts'
import { type JobProgress, jobEvents } from '../api/events.ts'
import { Problem } from '../api/problem.ts'
import { hasEnded } from './job-state.ts'

/** What is known of a job that is followed. */
export interface Followed {
  readonly job?: Job
  readonly progress?: JobProgress
  readonly isDeleted?: boolean
  /** Set while the server does not answer. It is asked again. */
  readonly away?: Problem | undefined
  /** Set if asking again cannot help. */
  readonly error?: Problem | undefined
}

interface FollowOptions {
  readonly signal: AbortSignal
  see(change: Partial<Followed>): void
}

// The page must show within seconds that a server is back, and a server that starts must not be flooded.
const PAUSES_SECONDS = [1, 2, 4, 8, 10]
const POLL_SECONDS = 2

/**
 * Follows a job until its end: by its events, and by asking for the job where no events come. A server that is away is
 * asked again and again, because its jobs go on when it is back. Resolves at the end of the job or at an error.
 */
export async function followJob(api: Api, id: string, { signal, see }: FollowOptions): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      const job = await dataOf(api.GET('/api/v2/jobs/{id}', { params: { path: { id } }, signal }))
      failures = 0
      see({ job, away: undefined })
      if (hasEnded(job) || (await watch(api, id, { signal, see }))) return
      await pause(POLL_SECONDS, signal)
    } catch (cause) {
      if (signal.aborted) return
      const problem = cause instanceof Problem ? cause : new Problem(String(cause), { status: 0, cause })
      if (!isPassing(problem)) return see({ error: problem, away: undefined })
      see({ away: problem })
      const wait = problem.retryAfterSeconds ?? PAUSES_SECONDS[Math.min(failures, PAUSES_SECONDS.length - 1)]
      failures += 1
      await pause(wait ?? POLL_SECONDS, signal)
    }
  }
}

// True at the end of the job. A stream that was cut, and a refused one, are no error: the job is then asked for.
async function watch(api: Api, id: string, { signal, see }: FollowOptions): Promise<boolean> {
  try {
    for await (const event of jobEvents(api, id, signal)) {
      if (event.kind === 'progress') see({ progress: event.progress, away: undefined })
      if (event.kind === 'deleted') see({ isDeleted: true })
      if (event.kind === 'end') see({ job: event.job })
      if (event.kind !== 'progress') return true
    }
  } catch (error) {
    if (signal.aborted) throw error
  }
  return false
}

function isPassing({ status }: Problem): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done()
    const timer = setTimeout(end, seconds * 1000)
    function end(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      done()
    }
    signal.addEventListener('abort', end)
  })
}
