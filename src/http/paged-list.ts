import type { FastifyReply, FastifyRequest } from 'fastify'
import { checkpointPage, type OffsetPage, offsetPage, type PageQuery } from '../flow/page.ts'
import type { Shape } from './define-route.ts'

export const pagingProperties = {
  page: {
    type: 'integer',
    description: 'Page index of the results to return. First page is 0.',
    minimum: 0,
  },
  per_page: { type: 'integer', description: 'Number of results per page.', minimum: 1, maximum: 100 },
  include_totals: {
    type: 'boolean',
    description: 'Return results inside an object that contains the total.',
  },
  from: { type: 'string', description: 'Optional Id from which to start selection.' },
  take: {
    type: 'integer',
    description: 'Number of results per page. Defaults to 50.',
    minimum: 1,
    maximum: 100,
  },
} as const

/** A list and how it is written. */
export interface PagedList<T> {
  /** Under which name it stands in the shapes that are objects: `connections`. */
  readonly member: string
  readonly all: readonly T[]
  readonly idOf: (entry: T) => string
  readonly show: (entry: T) => unknown
}

export interface PagedAnswer {
  readonly request: FastifyRequest
  /** Names that the list's query may have: only those are repeated in links. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly reply: FastifyReply
  /** Without a slash at the end. */
  readonly publicUrl: string
}

/**
 * A page in one of Auth0's three shapes: by checkpoint when that is asked for, else with totals, else a bare
 * array; the latter two with a `Link` header. Fails with `paging_invalid`.
 */
export function renderPage<T>(list: PagedList<T>, query: PageQuery, answer: PagedAnswer): unknown {
  const { member, all, idOf, show } = list
  if (query.take !== undefined || query.from !== undefined) {
    const { entries, next } = checkpointPage(all, idOf, query)
    return { [member]: entries.map(show), ...(next === undefined ? {} : { next }) }
  }
  const page = offsetPage(all, query)
  const links = linksOf(page, query.page ?? 0, answer)
  if (links.length <= LINKS_LENGTH_MAX) answer.reply.header('link', links)
  const entries = page.entries.map(show)
  if (query.include_totals !== true) return entries
  return { total: page.total, start: page.start, limit: page.limit, [member]: entries }
}

// Clients take some 16 KB of headers, proxies 4 to 8. A list whose links are longer has none.
const LINKS_LENGTH_MAX = 3000

// Recorded: the caller's own parameters first, then page and per_page; next and prev only where there is one.
function linksOf<T>(
  { limit, lastPage }: OffsetPage<T>,
  page: number,
  { request, publicUrl, parameters: known }: PagedAnswer,
): string {
  const [, query] = request.url.split('?')
  const given = [...new URLSearchParams(query)].filter(([name]) => Object.hasOwn(known, name))
  const parameters = new URLSearchParams(given)
  const link = (relation: string, to: number): string => {
    parameters.delete('page')
    parameters.delete('per_page')
    parameters.append('page', String(to))
    parameters.append('per_page', String(limit))
    return `<${publicUrl}${request.routeOptions.url}?${parameters}>; rel="${relation}"`
  }
  return [
    link('first', 0),
    ...(page > 0 ? [link('prev', Math.min(page - 1, lastPage))] : []),
    ...(page < lastPage ? [link('next', page + 1)] : []),
    link('last', lastPage),
  ].join(', ')
}

const count = { type: 'integer', minimum: 0 }

/** How a page of such entries looks, in its three shapes. */
export function pageOf(member: string, { schema, example }: Shape): Shape {
  const entries = { type: 'array', items: schema }
  const totals = { total: count, start: count, limit: count, [member]: entries }
  const checkpoint = { [member]: entries, next: { type: 'string', description: '`from` of the next page.' } }
  return {
    schema: {
      anyOf: [
        entries,
        { type: 'object', additionalProperties: false, required: Object.keys(totals), properties: totals },
        { type: 'object', additionalProperties: false, required: [member], properties: checkpoint },
      ],
    },
    example: [example],
  }
}
