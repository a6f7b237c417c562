import { useLocation } from 'wouter'
import type { Job } from '../api/client.ts'
import { ROUTES } from '../routes.ts'

/** The page for a new export begins with the request that is stored here. */
const DRAFT_KEY = 'muster.export.draft'

/** Undefined if the job is no export, or if its request is forgotten. */
export function requestOf(job: Job): object | undefined {
  if (job.type !== 'users_export' || job.status === 'expired') return undefined
  const { connection_id, format, fields, q, since, limit, sort, csv, metadata_columns, deletions } = job
  // JSON leaves out what is undefined.
  return { connection_id, format, fields, q, since, limit, sort, csv, metadata_columns, deletions }
}

/** Opens the page for a new export with the request of a job. */
export function useRepeat(): (job: Job) => void {
  const [, go] = useLocation()
  return (job) => {
    sessionStorage.setItem(DRAFT_KEY, JSON.stringify(requestOf(job) ?? {}))
    go(ROUTES.newExport)
  }
}
