import { useLocation } from 'wouter'
import type { ExportRequest, Job } from '../api/client.ts'
import { ROUTES } from '../routes.ts'
import { storeDraft } from './stored-draft.ts'

/** Undefined if the job is no export, or if its request is forgotten. */
export function requestOf(job: Job): ExportRequest | undefined {
  if (job.type !== 'users_export' || job.status === 'expired') return undefined
  const { connection_id, format, fields, q, since, limit, sort, csv, metadata_columns, deletions } = job
  const request = { connection_id, format, fields, q, since, limit, sort, csv, metadata_columns, deletions }
  // A member that the API gets later must be copied too, or this does not compile. JSON leaves out what is undefined.
  return request satisfies Record<keyof ExportRequest, unknown> as ExportRequest
}

/** Opens the page for a new export with the request of a job. */
export function useRepeat(): (job: Job) => void {
  const [, go] = useLocation()
  return (job) => {
    storeDraft(requestOf(job) ?? {})
    go(ROUTES.newExport)
  }
}
