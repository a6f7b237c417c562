import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { dataOf } from '../../api/client.ts'
import { useApi } from '../../api/session.tsx'
import type { texts } from '../../texts/texts.ts'

export type UserSort = keyof typeof texts.usersPage.sorts

export interface Wish {
  readonly q: string
  /** The name of the connection; empty: all. */
  readonly connection: string
  readonly sort: UserSort
}

export interface ListedUser {
  readonly user_id: string
  readonly name?: string
  readonly email?: string
  readonly username?: string
  readonly phone_number?: string
  readonly blocked?: boolean
  readonly last_login?: string
  readonly logins_count?: number
  readonly created_at?: string
  readonly identities?: readonly { readonly connection?: string }[]
}

const PER_PAGE = 50
const FIELDS =
  'user_id,name,email,username,phone_number,blocked,last_login,logins_count,created_at,identities'

function queryOf({ q, connection, sort }: Wish) {
  return {
    ...(q.trim() === '' ? {} : { q: q.trim() }),
    ...(connection === '' ? {} : { connection }),
    ...(sort === 'none' ? {} : { sort }),
  }
}

/** One page. Pages go by checkpoint, since pages by number end after 1,000 users. */
export function useUsers(wish: Wish, from: string | undefined) {
  const api = useApi()
  return useQuery({
    queryKey: ['users', wish, from],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const paged = { take: PER_PAGE, ...(from === undefined ? {} : { from }) }
      const query = { ...queryOf(wish), ...paged, fields: FIELDS, include_fields: true }
      const found = await dataOf(api.GET('/api/v2/users', { params: { query }, signal }))
      return found as unknown as { readonly users: readonly ListedUser[]; readonly next?: string }
    },
  })
}

/** Asked beside the page: on a large tenant counting may take longer than finding. */
export function useUserCount({ q, connection }: Wish, enabled: boolean) {
  const api = useApi()
  return useQuery({
    queryKey: ['users-total', q, connection],
    enabled,
    retry: false,
    queryFn: async ({ signal }) => {
      const query = { ...queryOf({ q, connection, sort: 'none' }), per_page: 0, include_totals: true }
      const found = await dataOf(api.GET('/api/v2/users', { params: { query }, signal }))
      return (found as unknown as { readonly total: number }).total
    },
  })
}
