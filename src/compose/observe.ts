import type { Config } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import { inTime } from '../domain/in-time.ts'
import type { JobCensus, See } from '../domain/seen.ts'
import { startProbeServer } from '../http/probe-server.ts'
import { pgJobStore } from '../jobs/pg-job-store.ts'
import type { Log } from '../observe/log.ts'
import type { Traces } from '../observe/traces.ts'
import { ownVersion } from '../version.ts'
import type { Closers } from './closers.ts'
import type { Engine } from './engine.ts'

export interface ObserveDeps {
  readonly engine: Pick<Engine, 'health' | 'clock'>
  /** Rejects if the process is not ready, or is stopping. */
  readonly ready: () => Promise<void>
  readonly log: Log
}

/**
 * Opens the port for metrics and health checks, if the settings name one. The returned function counts what happens in
 * the process. Without a port it does nothing, and prom-client is not loaded.
 */
export async function observe(
  { metrics: place, limits }: Pick<Config, 'metrics' | 'limits'>,
  { engine, ready, log }: ObserveDeps,
  closers: Closers,
): Promise<See> {
  if (place === undefined) return () => undefined
  const { promMetrics } = await import('../observe/prom-metrics.ts')
  const { see, contentType: type, text } = promMetrics(ownVersion())
  const census = newCensus(engine, limits.healthSeconds)
  const metrics = async () => ({ type, text: await text(await census()) })
  const { url, stop } = await startProbeServer(place, { ready, metrics })
  closers.add(stop)
  log.info({ url }, 'metrics are served')
  return see
}

// Each copy of the OpenTelemetry API registers its SDK here, so that other copies find it.
const SDK = Symbol.for('opentelemetry.js.api.1')

/** Without an SDK there are no traces. The API is then not loaded, which would make each start 30 ms longer. */
export async function tracesOf(clock: Clock): Promise<Traces | undefined> {
  if (!(SDK in globalThis)) return undefined
  const { otelTraces } = await import('../observe/otel-traces.ts')
  return otelTraces(ownVersion(), clock)
}

/** Metrics must be served within a scrape's time, also if the database does not answer. Then there is no census. */
function newCensus({ health, clock }: ObserveDeps['engine'], seconds: number) {
  const jobs = pgJobStore(health)
  let asked: Promise<JobCensus | undefined> | undefined
  return async (): Promise<JobCensus | undefined> => {
    // While a query hangs no other one is sent, or each scrape would add one.
    asked ??= jobs
      .census(clock.now())
      .catch(() => undefined)
      .finally(() => {
        asked = undefined
      })
    return inTime(asked, seconds, () => undefined)
  }
}
