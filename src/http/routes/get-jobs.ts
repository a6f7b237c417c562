import { given } from '../../domain/given.ts'
import { CONNECTION_ID_PATTERN } from '../../domain/ids.ts'
import { JOB_STATUSES, JOB_TYPES } from '../../domain/job.ts'
import { isMoment } from '../../domain/moment.ts'
import { invalidQuery } from '../../domain/refusal.ts'
import { type ListJobsDeps, listJobs } from '../../flow/list-jobs.ts'
import { closed, text } from '../../schema/build.ts'
import { defineRoute, type Shape } from '../define-route.ts'
import { CHECKPOINT, checkpointPageOf, pagingProperties } from '../paged-list.ts'
import { JOB, renderJob } from '../render-job.ts'

const TAKE_DEFAULT = 50

// Closed: with a misspelt filter the answer would list jobs that nobody asked for.
const JOBS_QUERY = closed([], {
  type: text('Only jobs of this type.', { enum: JOB_TYPES }),
  status: text('Only jobs that show this status.', { enum: JOB_STATUSES }),
  connection_id: text('Only jobs of this connection. Expired jobs have none.', {
    pattern: CONNECTION_ID_PATTERN,
  }),
  created_after: text('Only jobs created after this timestamp (ISO 8601 with a zone).'),
  created_before: text('Only jobs created before this timestamp (ISO 8601 with a zone).'),
  from: CHECKPOINT,
  take: pagingProperties.take,
})

const NEXT = '`from` of the next page; absent on the last page.'

const JOBS: Shape = {
  schema: checkpointPageOf('jobs', { type: 'array', items: JOB.schema }, NEXT),
  example: { jobs: [JOB.example], next: 'MTc2OTg2MDgwMDAwMC5qb2JfMDAwMDAwMDAwMDAwMDAwMQ' },
}

/** Auth0 has no such list. It shows no links, because they expire after 60 seconds: the route of one job makes one. */
export const getJobs = defineRoute({
  method: 'GET',
  path: '/api/v2/jobs',
  operationId: 'get_jobs',
  summary: 'List jobs, newest first; without links to files',
  scopes: ['create:users', 'read:users'],
  query: JOBS_QUERY,
  answers: { 200: { description: 'The jobs.', ...JOBS } },
  handle: async ({ query }, deps: ListJobsDeps) => {
    const { type, status, connection_id: connectionId, from, take = TAKE_DEFAULT } = query
    const createdAfter = momentOf('created_after', query.created_after)
    const createdBefore = momentOf('created_before', query.created_before)
    const asked = { type, status, connectionId, createdAfter, createdBefore, from, take }
    const { entries, next } = await listJobs(asked, deps)
    return given({ jobs: entries.map((job) => renderJob(job)), next })
  },
})

function momentOf(property: 'created_after' | 'created_before', text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  if (isMoment(text)) return new Date(text)
  throw invalidQuery(`Not a timestamp such as 2026-01-31T12:00:00.000Z: ${text.slice(0, 40)}`, property)
}
