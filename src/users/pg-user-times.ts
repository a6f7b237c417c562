import type { Session } from '../pg/database.ts'
import type { UserStore } from './user-store.ts'

/** The times of users, behind one row that no transaction holds for longer than one statement. */
export function userTimes(database: Session): Pick<UserStore, 'takeTimes' | 'takeTime'> {
  const takeTimes = async (now: Date, count: number): Promise<Date> => {
    // The commit does not wait for the disk: that of the users who get these times does, and makes both durable.
    const [row] = await database.query<{ last_ms: bigint }>(
      `with quick as materialized (select set_config('synchronous_commit', 'off', true))
       update muster.user_times set last_ms = greatest(last_ms, $1) + $2 from quick returning last_ms`,
      [now.getTime(), count],
    )
    return new Date(Number(row?.last_ms ?? now.getTime() + count) - count + 1)
  }
  return {
    takeTimes,
    takeTime: async (now) => {
      const [row] = await database.query<{ last_ms: bigint }>('select last_ms from muster.user_times')
      return Number(row?.last_ms ?? 0) < now.getTime() ? now : takeTimes(now, 1)
    },
  }
}
