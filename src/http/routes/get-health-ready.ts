import { countSources } from '../../flow/count-sources.ts'
import type { Source } from '../../relations/source.ts'
import { defineRoute } from '../define-route.ts'
import { HEALTH } from '../health-shape.ts'

interface GetHealthReadyDeps {
  /** Rejects if the process cannot do its work, or is stopping. */
  readonly ready: () => Promise<unknown>
  readonly sources?: readonly Source[]
}

/** For an orchestrator: whether to send requests here, and whether an upgrade may go on to the next process. */
export const getHealthReady = defineRoute({
  method: 'GET',
  path: '/health/ready',
  operationId: 'get_health_ready',
  summary: 'Check that the process can do its work and does not stop',
  answers: {
    200: {
      description: 'Database and files can be used, the schema is up to date, and no stop has begun.',
      ...HEALTH,
    },
    503: 'One of these does not hold.',
  },
  // A source that is down fails its own exports, and does not make the process unready.
  handle: async (_call, { ready, sources = [] }: GetHealthReadyDeps) => {
    await ready()
    const counts = await countSources(sources)
    return { status: 'ok', ...(counts === undefined ? {} : { sources: counts }) }
  },
})
