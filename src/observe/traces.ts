import type { IncomingHttpHeaders } from 'node:http'
import type { LiveJob } from '../domain/job.ts'
import type { PhaseSeconds, RunEnd } from '../domain/seen.ts'

/** What is reported to OpenTelemetry. It holds no user's data, since traces leave Muster. */
export interface Traces {
  /** `route` names parameters instead of values, such as `/api/v2/jobs/:id`. `headers` may name the caller's trace. */
  request(seen: { method: string; route: string | undefined; headers: IncomingHttpHeaders }): RequestTrace
  /** Called at the end of a run, which may be in another process than the request. */
  run(seen: { job: Pick<LiveJob, 'id' | 'type' | 'origin'>; end: RunEnd; seconds: PhaseSeconds }): void
}

export interface RequestTrace {
  /** W3C's text, by which the runs of a job join the trace. */
  readonly traceparent: string
  end(answer: { readonly status: number; readonly job: string | undefined }): void
}
