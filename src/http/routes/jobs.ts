import type { FastifyInstance } from 'fastify'
import { type FindJobDeps, type FoundJob, findJob, findJobErrors } from '../../flow/find-job.ts'
import { requireScopes, type TokenVerifier } from '../authenticate.ts'
import { renderJob } from '../render-job.ts'

export interface JobRoutesDeps extends FindJobDeps {
  readonly tokens: TokenVerifier
  /** Without a slash at the end. */
  readonly publicUrl: string
}

interface ById {
  Params: { id: string }
}

/** `GET /api/v2/jobs/{id}` and `…/errors`. Any holder of the scope may read any job, as at Auth0. */
export function jobRoutes(app: FastifyInstance, deps: JobRoutesDeps): void {
  const onRequest = requireScopes(deps.tokens, ['create:users', 'read:users'])
  app.get<ById>('/api/v2/jobs/:id', { onRequest }, async (request) => {
    const found = await findJob(request.params.id, deps)
    return renderJob(found.job, locationOf(found, deps.publicUrl))
  })
  app.get<ById>('/api/v2/jobs/:id/errors', { onRequest }, async (request, reply) => {
    const errors = await findJobErrors(request.params.id, deps)
    if ('status' in errors) return renderJob(errors)
    if (errors.length > 0) return errors
    return reply.code(204).send()
  })
}

function locationOf(found: FoundJob, publicUrl: string): string | undefined {
  if (found.link === undefined) return undefined
  const { expires, signature } = found.link.query
  return `${publicUrl}/downloads/${found.link.objectKey}?expires=${expires}&signature=${signature}`
}

const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
const security = [{ bearerAuth: ['create:users', 'read:users'] }]

export const jobPaths = {
  '/api/v2/jobs/{id}': {
    get: {
      operationId: 'get_jobs_by_id',
      summary: 'A job as it stands; a completed export carries a fresh link',
      security,
      parameters: [idParameter],
      responses: { '200': { description: 'The job.' }, '404': { description: 'There is no such job.' } },
    },
  },
  '/api/v2/jobs/{id}/errors': {
    get: {
      operationId: 'get_errors',
      summary: 'What went wrong in a job',
      security,
      parameters: [idParameter],
      responses: {
        '200': { description: 'Users that an import refused, or the failed job.' },
        '204': { description: 'Nothing to report.' },
        '404': { description: 'There is no such job.' },
      },
    },
  },
}
