import type { Job } from '../api/client.ts'
import { bytes } from '../format/numbers.ts'
import { Tag } from '../parts/states.tsx'
import { texts } from '../texts/texts.ts'
import { type JobState, stateOf } from './job-state.ts'

const TONES: Record<JobState, 'plain' | 'info' | 'good' | 'bad' | 'warn'> = {
  pending: 'plain',
  processing: 'info',
  completed: 'good',
  failed: 'bad',
  expired: 'plain',
}

export function StateTag({ job }: { readonly job: Job }) {
  const state = stateOf(job)
  const { percentage_done: percent } = job
  const isCounted = state === 'processing' && percent !== undefined
  return <Tag tone={TONES[state]}>{isCounted ? texts.jobs.runningAt(percent) : texts.jobs.states[state]}</Tag>
}

/** What the job is, in a few words. */
export function whatOf(job: Job): string {
  const words = texts.jobs.what
  const { type, status, connection } = job
  if (status === 'expired') return words.expired[type]
  if (type === 'verification_email') return words.mail
  if (type === 'users_import')
    return job.dry_run === true
      ? words.check(connection ?? words.unknown)
      : words.import(connection ?? words.unknown)
  const isNarrowed = job.q !== undefined || job.since !== undefined || job.limit !== undefined
  return words.export(words.formats[job.format ?? 'csv'], connection ?? words.everybody, isNarrowed)
}

/** The number of users, as far as it is known. */
export function usersOf(job: Job): string {
  const words = texts.jobs.counts
  const { type, summary } = job
  if (summary === undefined) return words.none
  if (type === 'users_export') return words.exported(summary.total)
  return words.imported((summary.inserted ?? 0) + (summary.updated ?? 0), summary.failed ?? 0)
}

/** The size of the file, as far as it is known. */
export function sizeOf(job: Job): string {
  return job.bytes === undefined ? texts.jobs.counts.none : bytes(job.bytes)
}
