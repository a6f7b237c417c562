import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { dataOf } from '../../api/client.ts'
import { useLater } from '../../api/later.ts'
import type { operations } from '../../api/openapi.d.ts'
import { useApi } from '../../api/session.tsx'
import type { ExportRequest } from './draft.ts'

export type FoundFields = operations['get_user-fields']['responses'][200]['content']['application/json']

/** The fields of all users of the connection: while a person types a filter, the tree does not change. */
export function useFoundFields(connection: string) {
  const api = useApi()
  const query = connection === '' ? {} : { connection_id: connection }
  return useQuery({
    queryKey: ['user-fields', connection],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => dataOf(api.GET('/api/v2/user-fields', { params: { query }, signal })),
  })
}

/** What changes the number of users. A new heading, for example, does not. */
function countedOf({ connection_id, format, limit, q, since }: ExportRequest): ExportRequest {
  return JSON.parse(JSON.stringify({ connection_id, format: since && format, limit, q, since }))
}

export function useCount(request: ExportRequest | undefined) {
  const api = useApi()
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
  const api = useApi()
  const asked = useAsked(request)
  const answer = useQuery({
    queryKey: ['preview', asked.value],
    enabled: asked.value !== undefined,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const body = asked.value ?? {}
      const preview = await dataOf(api.POST('/api/v2/jobs/users-exports/preview', { body, signal }))
      // The view needs to know with which request the text was made, not which one is being typed.
      return { ...preview, request: body }
    },
  })
  return { ...answer, isSettled: asked.isSettled }
}

// Requests are compared by what they say, so that a new object of equal content asks nothing.
function useAsked(request: ExportRequest | undefined) {
  const now = request && JSON.stringify(request)
  const late = useLater(now)
  return {
    value: late === undefined ? undefined : (JSON.parse(late) as ExportRequest),
    isSettled: late === now,
  }
}
