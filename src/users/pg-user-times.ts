import type { Session } from '../pg/database.ts'
import type { UserStore } from './user-store.ts'

/** The timestamps come from one row. No transaction locks it for longer than one statement, so nobody waits long. */
export function userTimes(database: Session): Pick<UserStore, 'takeTimes' | 'takeTime'> {
  const takeTimes = async (now: Date, count: number): Promise<Date> => {
    // This commit does not wait for the disk. The later commit of the users with these timestamps waits, and then both
    // are on the disk.
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
