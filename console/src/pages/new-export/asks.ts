import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Api, dataOf, type ExportRequest } from '../../api/client.ts'
import { useLater } from '../../api/later.ts'
import type { operations } from '../../api/openapi.d.ts'
import { useApi } from '../../api/session.tsx'

export type FoundFields = operations['get_user-fields']['responses'][200]['content']['application/json']

type FieldsWish = Pick<ExportRequest, 'connection_id' | 'q'>

function askingFields(api: Api, wish: FieldsWish) {
  return {
    queryKey: ['user-fields', wish.connection_id, wish.q],
    staleTime: 60_000,
    queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
      dataOf(api.GET('/api/v2/user-fields', { params: { query: wish }, signal })),
  }
}

/** The fields of all users of the connection: while a person types a filter, the tree does not change. */
export function useFoundFields(connection: string) {
  const wish = connection === '' ? {} : { connection_id: connection }
  return useQuery({ ...askingFields(useApi(), wish), placeholderData: keepPreviousData })
}

/** The fields of the users that the filter finds, if there is a request. */
export function useFilteredFields(request: ExportRequest | undefined) {
  const asked = useAsked(request && picked(request, ['connection_id', 'q']))
  const answer = useQuery({
    ...askingFields(useApi(), asked.value ?? {}),
    enabled: asked.value !== undefined,
  })
  return asked.isSettled ? answer.data : undefined
}

/** What changes the number of users. A new heading, for example, does not. */
function countedOf(request: ExportRequest): ExportRequest {
  const { format, ...counted } = picked(request, [
    ...(['connection_id', 'format', 'limit', 'q', 'since', 'deletions'] as const),
  ])
  // Only a file of changes has other lines in NDJSON than in CSV.
  return request.since === undefined ? counted : { ...counted, ...(format && { format }) }
}

function picked<Name extends keyof ExportRequest>(request: ExportRequest, names: readonly Name[]) {
  const members = names.filter((name) => request[name] !== undefined).map((name) => [name, request[name]])
  return Object.fromEntries(members) as Pick<ExportRequest, Name>
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
