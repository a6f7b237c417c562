import { setImmediate } from 'node:timers/promises'
import type { Filter } from '../domain/filter.ts'
import { given } from '../domain/given.ts'
import { invalidQuery } from '../domain/refusal.ts'
import { planExport } from '../plan/export-plan.ts'
import type { UserCount } from '../rows/user-count.ts'
import type { UserSample } from '../rows/user-sample.ts'
import { parseQuery } from '../search/parse-query.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import { newFieldTally, type TalliedFields } from '../users/field-tally.ts'
import { knownConnection } from './request-job.ts'

export interface ListUserFieldsDeps {
  readonly connections: ConnectionStore
  readonly samples: UserSample
  readonly counts: UserCount
}

export interface FieldsWish {
  readonly connectionId?: string
  readonly q?: string
}

export interface UserFields {
  readonly tally: TalliedFields
  readonly isSample: boolean
  /** An estimate if the users are many. */
  readonly users: number
}

const COUNT_SECONDS = 0.5

/**
 * The fields that users really have. Looks at all users if they are few, and else at some at random places. Fails with
 * `query_invalid`, `connection_unknown` or `reading_too_slow`.
 */
export async function listUserFields(
  wish: FieldsWish,
  { connections, samples, counts }: ListUserFieldsDeps,
): Promise<UserFields> {
  const filter = wish.q === undefined ? undefined : filterOf(wish.q)
  const connectionId =
    wish.connectionId === undefined
      ? undefined
      : knownConnection(await connections.find(wish.connectionId)).id
  const chosen = given({ filter, connectionId })
  const tally = newFieldTally()
  const { isSample } = await samples.take(chosen, async (users) => {
    for (const { attributes, unread } of users) tally.add(attributes, unread)
    // Other requests run between two groups.
    await setImmediate()
  })
  const fields = tally.fields()
  if (!isSample) return { tally: fields, isSample, users: fields.users }
  const plan = planExport({ format: 'csv', ...given({ q: wish.q }) }, { connectionId })
  const { users } = await counts.count(plan, COUNT_SECONDS)
  return { tally: fields, isSample, users: Math.max(users, fields.users) }
}

function filterOf(q: string): Filter {
  const filter = parseQuery(q)
  if (!('problem' in filter)) return filter
  throw invalidQuery(`Cannot read the query at position ${filter.position}: ${filter.problem}`, 'q')
}
