import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Client } from 'openapi-fetch'
import { type Api, dataOf } from '../../api/client.ts'
import { useApi, useMay } from '../../api/session.tsx'
import type { ExportRequest } from './draft.ts'
import type { FoundField } from './found-fields.ts'
import { useSettled } from './use-settled.ts'

const SETTLED_AFTER_MS = 300
const CONNECTIONS_PAGE = 100
// A list of more is of no use to a person. The others can be named by a request that another page hands over.
const CONNECTIONS_MAX = 1000

export interface FoundFields {
  readonly fields: readonly FoundField[]
  readonly sampled: number
  readonly is_sample: boolean
  readonly fields_left_out?: number
}

export interface Count {
  readonly users: number
  readonly is_estimate: boolean
}

export interface Preview {
  readonly columns: readonly string[]
  readonly text: string
  readonly is_cut: boolean
}

interface Soon {
  '/api/v2/user-fields': {
    get: {
      parameters: { query?: { connection_id?: string } }
      responses: { 200: { content: { 'application/json': FoundFields } } }
    }
  }
  '/api/v2/jobs/users-exports/count': {
    post: {
      requestBody: { content: { 'application/json': ExportRequest } }
      responses: { 200: { content: { 'application/json': Count } } }
    }
  }
  '/api/v2/jobs/users-exports/preview': {
    post: {
      requestBody: { content: { 'application/json': ExportRequest } }
      responses: { 200: { content: { 'application/json': Preview } } }
    }
  }
}

function soon(api: Api): Client<Soon> {
  return api as unknown as Client<Soon>
}

export function useConnections() {
  const api = useApi()
  return useQuery({
    queryKey: ['connections', 'all'],
    enabled: useMay('read:connections'),
    queryFn: async ({ signal }) => {
      const found: { readonly id: string; readonly name: string }[] = []
      let from: string | undefined
      do {
        const query = { take: CONNECTIONS_PAGE, ...(from === undefined ? {} : { from }) }
        const page = await dataOf(api.GET('/api/v2/connections', { params: { query }, signal }))
        const connections = Array.isArray(page) ? page : (page.connections ?? [])
        found.push(...connections.map(({ id = '', name = '' }) => ({ id, name })))
        from = 'next' in page ? page.next : undefined
      } while (from !== undefined && found.length < CONNECTIONS_MAX)
      return found
    },
  })
}

/** The fields of all users of the connection: while a person types a filter, the tree does not change. */
export function useFoundFields(connection: string) {
  const api = soon(useApi())
  const query = connection === '' ? {} : { connection_id: connection }
  return useQuery({
    queryKey: ['user-fields', connection],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      dataOf<FoundFields>(api.GET('/api/v2/user-fields', { params: { query }, signal }) as never),
  })
}

/** What changes the number of users. A new heading, for example, does not. */
function countedOf({ connection_id, format, limit, q, since }: ExportRequest): ExportRequest {
  return JSON.parse(JSON.stringify({ connection_id, format: since && format, limit, q, since }))
}

export function useCount(request: ExportRequest | undefined) {
  const api = soon(useApi())
  const asked = useAsked(request && countedOf(request))
  const answer = useQuery({
    queryKey: ['count', asked.value],
    enabled: asked.value !== undefined,
    queryFn: ({ signal }) =>
      dataOf(api.POST('/api/v2/jobs/users-exports/count', { body: asked.value ?? {}, signal })),
  })
  return { ...answer, isSettled: asked.isSettled }
}

/** While the next preview loads, `data` is the one before. */
export function usePreview(request: ExportRequest | undefined) {
  const api = soon(useApi())
  const asked = useAsked(request)
  const answer = useQuery({
    queryKey: ['preview', asked.value],
    enabled: asked.value !== undefined,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const body = asked.value ?? {}
      const asking = api.POST('/api/v2/jobs/users-exports/preview', { body, signal })
      const preview = await dataOf<Preview>(asking as never)
      // The view needs to know with which request the text was made, not which one is being typed.
      return { ...preview, request: body }
    },
  })
  return { ...answer, isSettled: asked.isSettled }
}

// Requests are compared by what they say, so that a new object of equal content asks nothing.
function useAsked(request: ExportRequest | undefined) {
  const { settled, isSettled } = useSettled(request && JSON.stringify(request), SETTLED_AFTER_MS)
  return { value: settled === undefined ? undefined : (JSON.parse(settled) as ExportRequest), isSettled }
}
