import { Readable } from 'node:stream'
import { given } from '../domain/given.ts'
import { type Job, shownStatus } from '../domain/job.ts'
import { writeJson } from '../domain/write-json.ts'
import type { JobWatch } from '../flow/watch-jobs.ts'
import { renderJob } from './render-job.ts'

export interface JobEvent {
  /** What the event says in short. An event with the id that a client has seen would say the same again. */
  readonly id: string
  readonly isEnd: boolean
  readonly data: Readonly<Record<string, unknown>>
}

/** Undefined: the job is deleted. */
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
  /** Of the last event that the client has seen. */
  readonly seen: string | undefined
  readonly heartbeatSeconds: number
}

// A browser waits 3 s or more before it connects again. A process that stops has often a neighbour that answers at once.
const RETRY_MILLISECONDS = 1000
// A client that reads more slowly misses progress, which the next event makes up for.
const WAITING_BYTES_MAX = 4096

/**
 * Server-sent events (HTML Living Standard, 9.2) of a job, which ends with the job. The comments of the heartbeat keep
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
