import { type UseQueryOptions, useQueries, useQuery } from '@tanstack/react-query'
import { type Api, dataOf } from '../../api/client.ts'
import { useApi, useMay } from '../../api/session.tsx'

interface UserCount {
  readonly users: number
  readonly is_estimate: boolean
}

const KEPT_MILLISECONDS = 30_000

function asking(api: Api, connectionId?: string): UseQueryOptions<UserCount> {
  return {
    queryKey: ['count', connectionId],
    staleTime: KEPT_MILLISECONDS,
    queryFn: ({ signal }) => {
      const body = connectionId === undefined ? {} : { connection_id: connectionId }
      return dataOf(api.POST('/api/v2/jobs/users-exports/count', { body, signal }))
    },
  }
}

export function useTotal() {
  return useQuery({ ...asking(useApi()), enabled: useMay('read:users') })
}

export function useCounts(connectionIds: readonly string[]) {
  const api = useApi()
  return useQueries({ queries: connectionIds.map((id) => asking(api, id)) })
}
