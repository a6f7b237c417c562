import { Readable } from 'node:stream'
import { given } from '../domain/given.ts'
import { type Job, shownStatus } from '../domain/job.ts'
import { writeJson } from '../domain/write-json.ts'
import type { JobWatch } from '../flow/watch-jobs.ts'
import { renderJob } from './render-job.ts'

export interface JobEvent {
  /** An event whose id the client has seen is not sent again, because it shows no progress. */
  readonly id: string
  readonly isEnd: boolean
  readonly data: Readonly<Record<string, unknown>>
}

export function jobEvent(jobId: string, job: Job | undefined): JobEvent {
  if (job === undefined) return { id: 'deleted', isEnd: true, data: { status: 'deleted', id: jobId } }
  if (job.status !== 'pending' && job.status !== 'processing')
    return { id: job.status, isEnd: true, data: renderJob(job) }
  const { percentageDone = 0, timeLeftSeconds, amounts } = (job.status === 'processing' && job.progress) || {}
  const data = given({
    status: shownStatus(job),
    percentage_done: percentageDone,
    users: amounts?.users ?? 0,
    total: amounts?.total,
    bytes: amounts?.bytes ?? 0,
    users_per_second: amounts?.usersPerSecond,
    time_left_seconds: timeLeftSeconds,
    status_details: job.statusDetails,
  })
  return { id: `${job.status}-${data['users']}-${data['bytes']}`, isEnd: false, data }
}

export interface JobEventsOptions {
  readonly watch: JobWatch
  /** Id of the last event that the client has seen on an earlier connection. */
  readonly seen: string | undefined
  readonly heartbeatSeconds: number
}

// Browsers wait some seconds before they connect again. But if this process stops, another one often answers at once.
const RETRY_MILLISECONDS = 1000
// While more bytes than this are unread, progress is left out. The next event makes up for it, because it has all sums.
const WAITING_BYTES_MAX = 4096

/**
 * The stream of server-sent events (HTML Living Standard, 9.2) ends with the job. The comments of the heartbeat keep
 * proxies from closing a silent connection.
 */
export function jobEvents(job: Job, { watch, seen, heartbeatSeconds }: JobEventsOptions): Readable {
  const stream = new Readable({ read: () => undefined })
  let last = seen
  const isRead = (): boolean => stream.readableLength < WAITING_BYTES_MAX
  const see = (now: Job | undefined): void => {
    const event = jobEvent(job.id, now)
    if (event.id !== last && (event.isEnd || isRead())) {
      stream.push(textOf(event))
      last = event.id
    }
    if (event.isEnd) end()
  }
  const unwatch = watch.watch(job.id, { see, end: () => end() })
  const heartbeat = setInterval(() => isRead() && stream.push(':\n\n'), heartbeatSeconds * 1000)
  const leave = (): void => {
    unwatch()
    clearInterval(heartbeat)
  }
  const end = (): void => {
    leave()
    stream.push(null)
  }
  stream.once('close', leave)
  stream.push(`retry: ${RETRY_MILLISECONDS}\n\n`)
  see(job)
  return stream
}

function textOf({ id, isEnd, data }: JobEvent): string {
  return `id: ${id}\nevent: ${isEnd ? 'end' : 'progress'}\ndata: ${writeJson(data)}\n\n`
}
