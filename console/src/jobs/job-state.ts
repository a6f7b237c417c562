import type { Job } from '../api/client.ts'

/** As a person sees it. The API shows a running import as `pending`, as Auth0 does. */
export type JobState = Job['status']

export function stateOf(job: Job): JobState {
  return job.status === 'pending' && job.percentage_done !== undefined ? 'processing' : job.status
}

export function hasEnded(job: Job): boolean {
  return job.status !== 'pending' && job.status !== 'processing'
}

/** docs/api.md: the file and the request are removed 24 hours after the submission. */
const LIFETIME_MILLISECONDS = 24 * 3600 * 1000

export function expiryOf(job: Job): string {
  return new Date(new Date(job.created_at).getTime() + LIFETIME_MILLISECONDS).toISOString()
}

/** The scope that creates such a job, which also deletes it. */
export const SCOPES: Record<Job['type'], string> = {
  users_export: 'read:users',
  users_import: 'create:users',
  verification_email: 'update:users',
}
