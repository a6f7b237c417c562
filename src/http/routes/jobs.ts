import type { FastifyInstance } from 'fastify'
import type { ImportError } from '../../domain/job.ts'
import {
  type ErrorsQuery,
  type FindJobDeps,
  type FoundJob,
  findJob,
  findJobErrors,
} from '../../flow/find-job.ts'
import { requireScopes, type TokenVerifier } from '../authenticate.ts'
import { queryParameters } from '../paged-list.ts'
import { renderJob, withoutAbsent } from '../render-job.ts'
import { validateQuery } from '../validate.ts'

export interface JobRoutesDeps extends FindJobDeps {
  readonly tokens: TokenVerifier
  /** Without a slash at the end. */
  readonly publicUrl: string
}

// Enough for any file that Auth0 takes, whose clients know no pages here.
const ERRORS_TAKE_MAX = 1000

const errorsQuerySchema = {
  type: 'object',
  properties: {
    from: { type: 'string', description: 'Where the page begins: `next` of the one before.' },
    take: {
      type: 'integer',
      description: `Number of errors per page. Defaults to ${ERRORS_TAKE_MAX}.`,
      minimum: 1,
      maximum: ERRORS_TAKE_MAX,
    },
  },
}

interface ById {
  Params: { id: string }
}

/** `GET /api/v2/jobs/{id}` and `…/errors`. Any holder of the scope may read any job, as at Auth0. */
export function jobRoutes(app: FastifyInstance, deps: JobRoutesDeps): void {
  const onRequest = requireScopes(deps.tokens, ['create:users', 'read:users'])
  app.get<ById>('/api/v2/jobs/:id', { onRequest }, async (request) => {
    const found = await findJob(request.params.id, deps)
    // The link opens the file of all users: who may create users only does not get it.
    const mayRead = request.bearer?.scope.includes('read:users') === true
    return renderJob(found.job, mayRead ? locationOf(found, deps.publicUrl) : undefined)
  })
  app.get<ById>('/api/v2/jobs/:id/errors', { onRequest }, async (request, reply) => {
    const query = validateQuery<Partial<ErrorsQuery>>(errorsQuerySchema, request.query)
    const { id } = request.params
    const found = await findJobErrors(id, { take: ERRORS_TAKE_MAX, ...query }, deps)
    if (found.kind === 'job') return renderJob(found.job)
    const { next } = found
    const errors = found.errors.map(renderError)
    const isPaged = query.from !== undefined || query.take !== undefined
    if (isPaged) return { errors, ...(next === undefined ? {} : { next }) }
    if (errors.length === 0) return reply.code(204).send()
    // Auth0's array has no room for it.
    if (next !== undefined) reply.header('link', `<${errorsUrl(id, next, deps.publicUrl)}>; rel="next"`)
    return errors
  })
}

// In the recorded order; a store may keep members in one of its own (jsonb does).
function renderError({ user, errors, line }: ImportError): Record<string, unknown> {
  const problems = errors.map(({ code, message, path }) => withoutAbsent({ code, message, path }))
  return withoutAbsent({ user, errors: problems, line })
}

function errorsUrl(id: string, from: string, publicUrl: string): string {
  return `${publicUrl}/api/v2/jobs/${id}/errors?from=${from}&take=${ERRORS_TAKE_MAX}`
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
      summary: 'What went wrong in a job; with `from` or `take`, page by page',
      security,
      parameters: [idParameter, ...queryParameters(errorsQuerySchema.properties)],
      responses: {
        '200': { description: 'Users that an import refused, or the failed job.' },
        '204': { description: 'Nothing to report.' },
        '404': { description: 'There is no such job.' },
      },
    },
  },
}
