import type { FastifyReply, FastifyRequest } from 'fastify'
import { given } from '../domain/given.ts'
import { checkpointPage, type OffsetPage, offsetPage, type PageQuery } from '../flow/page.ts'
import { boolean, closed, integer, text } from '../schema/build.ts'
import type { Schema } from '../schema/check.ts'
import type { AtPublicUrl, Shape } from './define-route.ts'

export const pagingProperties = {
  page: integer('Page index of the results to return. First page is 0.', { minimum: 0 }),
  per_page: integer('Number of results per page.', { minimum: 1, maximum: 100 }),
  include_totals: boolean('Return results inside an object that contains the total.'),
  from: text('Optional Id from which to start selection.'),
  take: integer('Number of results per page. Defaults to 50.', { minimum: 1, maximum: 100 }),
} as const

/** For routes without other ways to page than by checkpoint. */
export const CHECKPOINT = text('Where the page begins: `next` of the page before.')

export interface PagedList<T> {
  readonly member: string
  readonly all: readonly T[]
  readonly idOf: (entry: T) => string
  readonly show: (entry: T) => unknown
}

export interface PagedAnswer extends AtPublicUrl {
  readonly request: FastifyRequest
  /** Links repeat only these, since no other parameter means anything here. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly reply: FastifyReply
}

/**
 * Clients of Auth0 expect one of three shapes: by checkpoint, with totals, or an array. The last two have a `Link`
 * header. Fails with `paging_invalid`.
 */
export function renderPage<T>(list: PagedList<T>, query: PageQuery, answer: PagedAnswer): unknown {
  const { member, all, idOf, show } = list
  if (query.take !== undefined || query.from !== undefined) {
    const { entries, next } = checkpointPage(all, idOf, query)
    return given({ [member]: entries.map(show), next })
  }
  const page = offsetPage(all, query)
  const links = linksOf(page, query.page ?? 0, answer)
  if (links.length <= LINKS_LENGTH_MAX) answer.reply.header('link', links)
  const entries = page.entries.map(show)
  if (query.include_totals !== true) return entries
  return { total: page.total, start: page.start, limit: page.limit, [member]: entries }
}

// Clients accept about 16 KB of headers, proxies 4 to 8 KB. Longer links are left out, or the answer would not arrive.
const LINKS_LENGTH_MAX = 3000

// The parameters have the order that Auth0 gives them: the client's own ones first, then page and per_page.
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

export function checkpointPageOf(member: string, entries: Schema, next = '`from` of the next page.') {
  return closed([member], { [member]: entries, next: text(next) })
}

export function pageOf(
  member: string,
  { schema, example }: Shape,
  counts: readonly string[] = ['total', 'start', 'limit'],
): Shape {
  const entries = { type: 'array', items: schema }
  const totals = { ...Object.fromEntries(counts.map((name) => [name, count])), [member]: entries }
  return {
    schema: {
      anyOf: [entries, closed(Object.keys(totals), totals), checkpointPageOf(member, entries)],
    },
    example: [example],
  }
}
