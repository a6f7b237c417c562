import { Failure } from '../domain/failure.ts'
import type { JsonObject } from '../domain/json.ts'
import type { UserSample } from '../rows/user-sample.ts'

/** Up to so many profiles from all over the sample. None if the database is too slow for a quick look. */
export async function sampleUsers(sample: UserSample, users: number): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = []
  try {
    await sample.take({}, async (group) => void found.push(...group.map(({ attributes }) => attributes)))
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'reading_too_slow')) throw error
  }
  const step = Math.max(found.length / users, 1)
  return found.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step)).slice(0, users)
}
