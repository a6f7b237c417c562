import type { FastifyInstance } from 'fastify'
import {
  findByEmail,
  type SearchUsersDeps,
  type SearchWish,
  searchByCheckpoint,
  searchByOffset,
  type UserList,
} from '../../flow/search-users.ts'
import { requireScopes, type TokenVerifier } from '../authenticate.ts'
import { queryParameters } from '../paged-list.ts'
import { type FieldSelection, fieldSelectionProperties } from '../select-fields.ts'
import { type Frame, sendUsers } from '../send-users.ts'
import { validateQuery } from '../validate.ts'

const PER_PAGE_DEFAULT = 50

const searchSchema = {
  type: 'object',
  properties: {
    page: {
      type: 'integer',
      description: 'Page index of the results to return. First page is 0.',
      minimum: 0,
    },
    per_page: { type: 'integer', description: 'Number of results per page.', minimum: 0, maximum: 100 },
    include_totals: {
      type: 'boolean',
      description: 'Return results inside an object that contains the total result count (true) or not.',
    },
    sort: { type: 'string', description: 'Field to sort by, as field:1 or field:-1.' },
    connection: { type: 'string', description: 'Only users of the connection of this name.' },
    ...fieldSelectionProperties,
    q: { type: 'string', description: 'Query in Lucene query string syntax.' },
    search_engine: { type: 'string', description: 'The version of the search engine.', enum: ['v3'] },
    primary_order: {
      type: 'boolean',
      description: 'If true, results are returned in a deterministic order.',
    },
    from: { type: 'string', description: 'Where a page by checkpoint starts: the next of the one before.' },
    take: {
      type: 'integer',
      description: 'Number of results on a page by checkpoint. Defaults to 50.',
      minimum: 1,
      maximum: 100,
    },
  },
}

interface SearchQuery extends FieldSelection, SearchWish {
  readonly page?: number
  readonly per_page?: number
  readonly include_totals?: boolean
  readonly from?: string
  readonly take?: number
}

const byEmailSchema = {
  type: 'object',
  required: ['email'],
  properties: {
    ...fieldSelectionProperties,
    email: { type: 'string', description: 'Email address to search for (case-insensitive).', minLength: 1 },
  },
}

export interface UserSearchRoutesDeps extends SearchUsersDeps {
  readonly tokens: TokenVerifier
}

/** `GET /api/v2/users` and `GET /api/v2/users-by-email`. */
export function userSearchRoutes(app: FastifyInstance, deps: UserSearchRoutesDeps): void {
  const onRequest = requireScopes(deps.tokens, ['read:users'])
  app.get('/api/v2/users', { onRequest }, async (request, reply) => {
    const query = validateQuery<SearchQuery>(searchSchema, request.query)
    const isByNumber = query.from === undefined && query.take === undefined
    const { list, frame } = await (isByNumber ? offsetPage(query, deps) : checkpointPage(query, deps))
    return sendUsers(reply, list, query, frame)
  })
  app.get('/api/v2/users-by-email', { onRequest }, async (request, reply) => {
    const query = validateQuery<FieldSelection & { email: string }>(byEmailSchema, request.query)
    return sendUsers(reply, await findByEmail(query.email, deps), query)
  })
}

interface Answer {
  readonly list: UserList
  readonly frame?: Frame
}

// An array, or with totals an object whose members stand in the recorded order.
async function offsetPage(query: SearchQuery, deps: SearchUsersDeps): Promise<Answer> {
  const perPage = query.per_page ?? PER_PAGE_DEFAULT
  const page = query.page ?? 0
  const isTotalWanted = query.include_totals === true
  const list = await searchByOffset(query, { page, perPage, isTotalWanted }, deps)
  const { total, length } = list
  if (total === undefined) return { list }
  return { list, frame: { before: { start: page * perPage, limit: perPage, length }, after: { total } } }
}

async function checkpointPage(query: SearchQuery, deps: SearchUsersDeps): Promise<Answer> {
  const { from, take = PER_PAGE_DEFAULT } = query
  const list = await searchByCheckpoint(query, { from, take }, deps)
  return { list, frame: { before: {}, after: list.next === undefined ? {} : { next: list.next } } }
}

const security = [{ bearerAuth: ['read:users'] }]

export const userSearchPaths = {
  '/api/v2/users': {
    get: {
      operationId: 'get_users',
      summary: 'Search users',
      security,
      parameters: queryParameters(searchSchema.properties),
      responses: {
        '200': { description: 'An array, or an object with the total, or a page with its checkpoint.' },
        '400': { description: 'The query cannot be read, or pages beyond the first 1,000 users.' },
        '503': { description: 'The search took too long.' },
      },
    },
  },
  '/api/v2/users-by-email': {
    get: {
      operationId: 'get_users-by-email',
      summary: 'Everybody who has an e-mail address',
      security,
      parameters: queryParameters(byEmailSchema.properties),
      responses: { '200': { description: 'The users; none is an empty array.' } },
    },
  },
}
