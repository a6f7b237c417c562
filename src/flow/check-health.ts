import type { Stopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { inTime } from '../domain/in-time.ts'
import { sharedAnswer } from '../domain/shared-answer.ts'

export interface HealthProbe {
  readonly name: string
  readonly code: 'database_unavailable' | 'object_store_unavailable' | 'schema_behind'
  /** Rejects, or never settles, if the named part cannot be used. */
  ask(): Promise<unknown>
}

export interface HealthOptions {
  readonly seconds: number
  readonly stopwatch: Stopwatch
}

// `/health` and `/health/ready` need no token. Without this pause their callers could keep the disk busy with syncs.
const FRESH_SECONDS = 1

type Answer = 'well' | string

/**
 * Simultaneous callers share one answer, and a probe that does not answer is not asked again: otherwise checks would
 * pile up. Rejects within `seconds`, with the code of the first probe that fails and the names of all that fail.
 */
export function newHealthCheck(
  probes: readonly HealthProbe[],
  { seconds, stopwatch }: HealthOptions,
): () => Promise<void> {
  const askers = probes.map((probe) => ({ probe, ask: newAsker(probe, stopwatch) }))
  const late = `No answer within ${seconds} seconds.`
  return async () => {
    const answers = await Promise.all(
      askers.map(async ({ probe, ask }) => ({ probe, answer: await inTime(ask(), seconds, () => late) })),
    )
    const bad = answers.filter(({ answer }) => answer !== 'well')
    const [first] = bad
    if (first === undefined) return
    const reasons = bad.map(({ probe, answer }) => `${probe.name}: ${answer}`)
    throw new Failure(first.probe.code, `Not ready. ${reasons.join(' ')}`)
  }
}

export interface Readiness {
  /** Rejects if the process cannot do its work, or is stopping. */
  readonly ready: () => Promise<void>
  /** From now on `ready` rejects with `stopping`, without asking anything. */
  readonly beginStop: () => void
}

export function newReadiness(check: () => Promise<void>): Readiness {
  let isStopping = false
  return {
    ready: async () => {
      if (isStopping) throw new Failure('stopping', 'Not ready. The process is stopping.')
      await check()
    },
    beginStop: () => {
      isStopping = true
    },
  }
}

function newAsker(probe: HealthProbe, stopwatch: Stopwatch): () => Promise<Answer> {
  const ask = (): Promise<Answer> =>
    probe.ask().then(
      () => 'well',
      (error: unknown) => (error instanceof Failure ? error.message : 'Not usable.'),
    )
  return sharedAnswer(ask, FRESH_SECONDS, stopwatch)
}
