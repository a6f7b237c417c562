import { given } from '../../domain/given.ts'
import type { ImportError } from '../../domain/job.ts'
import { type FindErrorsDeps, findJobErrors } from '../../flow/find-job.ts'
import { closed, integer, open, TEXT } from '../../schema/build.ts'
import { type AtPublicUrl, defineRoute, type Shape } from '../define-route.ts'
import { CHECKPOINT, checkpointPageOf } from '../paged-list.ts'
import { JOB, JOB_ID, renderJob } from '../render-job.ts'

// Clients of Auth0 do not ask for pages here, so one page should be enough: an import by form rarely refuses more users
// than this.
const TAKE_MAX = 1000

const ERRORS_QUERY = open([], {
  from: CHECKPOINT,
  take: integer(`Number of errors per page. Defaults to ${TAKE_MAX}.`, { minimum: 1, maximum: TAKE_MAX }),
})

const errors = {
  type: 'array',
  items: {
    title: 'ImportError',
    ...closed(['user', 'errors'], {
      user: { description: 'The user as in the file, with secrets masked.' },
      errors: {
        type: 'array',
        items: closed(['code', 'message'], { code: TEXT, message: TEXT, path: TEXT }),
      },
      line: integer('The line of a streamed file where the user begins.', { minimum: 1 }),
    }),
  },
}

const ERRORS: Shape = {
  schema: {
    anyOf: [errors, checkpointPageOf('errors', errors), JOB.schema],
  },
  example: [
    {
      user: { email: 'no address' },
      errors: [
        {
          code: 'FORMAT',
          message: "Object didn't pass validation for format email: no address",
          path: 'user.email',
        },
      ],
    },
  ],
}

export const getJobErrors = defineRoute({
  method: 'GET',
  path: '/api/v2/jobs/{id}/errors',
  operationId: 'get_errors',
  summary: 'Get the errors of a job, page by page with `from` or `take`',
  scopes: ['create:users', 'read:users'],
  params: { id: JOB_ID },
  query: ERRORS_QUERY,
  answers: {
    200: {
      description: 'The users that the import refused or stored incompletely, or the failed job.',
      ...ERRORS,
    },
    204: 'The job has no errors.',
    404: 'The job does not exist.',
  },
  handle: async ({ params: { id }, query, reply }, deps: FindErrorsDeps & AtPublicUrl) => {
    const found = await findJobErrors(id, { take: TAKE_MAX, ...query }, deps)
    if (found.kind === 'job') return renderJob(found.job)
    const { next } = found
    const errors = found.errors.map(renderError)
    const isPaged = query.from !== undefined || query.take !== undefined
    if (isPaged) return given({ errors, next })
    if (errors.length === 0) return reply.code(204).send()
    // Auth0's answer is an array without a member for the next page, so a header links to it.
    if (next !== undefined) reply.header('link', `<${errorsUrl(id, next, deps.publicUrl)}>; rel="next"`)
    return errors
  },
})

// jsonb stores members in its own order; this restores Auth0's order.
function renderError({ user, errors, line }: ImportError): Record<string, unknown> {
  const problems = errors.map(({ code, message, path }) => given({ code, message, path }))
  return given({ user, errors: problems, line })
}

function errorsUrl(id: string, from: string, publicUrl: string): string {
  return `${publicUrl}/api/v2/jobs/${id}/errors?from=${from}&take=${TAKE_MAX}`
}
