import {
  type SearchUsersDeps,
  searchByCheckpoint,
  searchByOffset,
  type UserList,
} from '../../flow/search-users.ts'
import { boolean, integer, open, text } from '../../schema/build.ts'
import type { TypeOf } from '../../schema/type-of.ts'
import { defineRoute } from '../define-route.ts'
import { pageOf, pagingProperties } from '../paged-list.ts'
import { fieldSelectionProperties, partOf } from '../select-fields.ts'
import { type Frame, sendUsers } from '../send-users.ts'
import { USER } from '../user-schema.ts'

const PER_PAGE_DEFAULT = 50

const SEARCH_QUERY = open([], {
  page: pagingProperties.page,
  per_page: { ...pagingProperties.per_page, minimum: 0 },
  include_totals: boolean(
    'Return results inside an object that contains the total result count (true) or not.',
  ),
  sort: text('Field to sort by, as field:1 or field:-1.'),
  connection: text('Only users of the connection of this name.'),
  ...fieldSelectionProperties,
  q: text('Query in Lucene query string syntax.'),
  search_engine: text('The version of the search engine.', { enum: ['v3'] }),
  primary_order: boolean('If true, results are returned in a deterministic order.'),
  from: text('Where a page by checkpoint begins: `next` of the page before.'),
  take: integer('Number of results on a page by checkpoint. Defaults to 50.', { minimum: 1, maximum: 100 }),
})

type SearchQuery = TypeOf<typeof SEARCH_QUERY>

export const getUsers = defineRoute({
  method: 'GET',
  path: '/api/v2/users',
  operationId: 'get_users',
  summary: 'Search users',
  scopes: ['read:users'],
  rateGroup: 'read_users',
  query: SEARCH_QUERY,
  answers: {
    200: {
      description: 'An array, an object with the total, or a page with its checkpoint.',
      ...pageOf('users', partOf(USER), ['start', 'limit', 'length', 'total']),
    },
    400: 'The query is not valid, or the page is beyond the first 1,000 users.',
    503: 'The search took too long.',
  },
  handle: async ({ query, reply }, deps: SearchUsersDeps) => {
    const isByNumber = query.from === undefined && query.take === undefined
    const { list, frame } = await (isByNumber ? offsetPage(query, deps) : checkpointPage(query, deps))
    return sendUsers(reply, list, query, frame)
  },
})

interface Answer {
  readonly list: UserList
  readonly frame?: Frame
}

// In Auth0's order: with totals, `length` stands before `users` and `total` after it.
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
