import { type FindJobDeps, liveJob } from '../../flow/find-job.ts'
import type { JobWatch } from '../../flow/watch-jobs.ts'
import { TEXT, text } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'
import { jobEvent, jobEvents } from '../job-events.ts'
import { JOB_ID } from '../render-job.ts'

export interface GetJobEventsDeps extends Pick<FindJobDeps, 'jobs' | 'clock'> {
  readonly watch: JobWatch
  readonly heartbeatSeconds: number
}

export const getJobEvents = defineRoute({
  method: 'GET',
  path: '/api/v2/jobs/{id}/events',
  operationId: 'get_job_events',
  summary: 'Follow the progress of a job by server-sent events',
  description: 'Events `progress`, then one event `end` with the job, without its link.',
  scopes: ['create:users', 'read:users'],
  params: { id: JOB_ID },
  headers: {
    'Last-Event-ID': text('ID of the last event that the client has seen.'),
  },
  answers: {
    200: {
      description: 'The events.',
      type: 'text/event-stream',
      schema: TEXT,
      example:
        'id: processing-420000-9961472\nevent: progress\ndata: {"status":"processing","percentage_done":42,"users":420000,"total":1000000,"bytes":9961472,"users_per_second":310000,"time_left_seconds":2}\n\n',
    },
    204: 'The job has ended, and the client has seen the event `end`.',
    404: 'The job does not exist.',
  },
  handle: async ({ params, request, reply }, deps: GetJobEventsDeps) => {
    const job = await liveJob(params.id, deps)
    const given = request.headers['last-event-id']
    const seen = given === undefined ? undefined : String(given)
    const event = jobEvent(job.id, job)
    // A browser connects again after the end of a stream, until it gets this answer.
    if (event.isEnd && event.id === seen) return reply.code(204).send()
    reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      // nginx would hold events back in its buffer.
      .header('x-accel-buffering', 'no')
      // Without this, a stop would wait until the client closes the connection.
      .header('connection', 'close')
    // Nothing reads the stream of a HEAD request, so it would stay until the job ends.
    return reply.send(request.method === 'HEAD' ? '' : jobEvents(job, { ...deps, seen }))
  },
})
