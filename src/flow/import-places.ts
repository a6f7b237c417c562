import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { JobStore } from '../jobs/job-store.ts'

/** Auth0's doc: "The user import job concurrency limit is 2". */
export const ACTIVE_IMPORTS_MAX = 2

// A form's file is stored in well under a second: whoever asks again then has a good chance.
const RETRY_SECONDS = 1

/** The places for imports, of which a file that is still being received takes one as a job does. */
export interface ImportPlaces {
  /** Takes a place; the caller gives it back once the job is there, or is not to be. Fails with `imports_too_many`. */
  take(): Promise<{ giveBack(): void }>
}

/** One process receives all files of a deployment, so it can count those that no job tells of yet. */
export function newImportPlaces(jobs: JobStore, clock: Clock): ImportPlaces {
  let receiving = 0
  return {
    take: async () => {
      const before = receiving
      const active = await jobs.countActive('users_import')
      // Whoever finished meanwhile may be missing from the count of jobs: better counted twice than not at all.
      const taken = active + Math.max(before, receiving)
      if (taken >= ACTIVE_IMPORTS_MAX) throw tooManyImports(taken, clock.now())
      receiving++
      return {
        giveBack: () => {
          receiving--
        },
      }
    },
  }
}

export function tooManyImports(active: number, now: Date): Failure {
  return new Failure(
    'imports_too_many',
    `There are ${active} active import users jobs, please wait until some of them are finished and try again`,
    {
      headers: {
        'retry-after': String(RETRY_SECONDS),
        'x-ratelimit-limit': String(ACTIVE_IMPORTS_MAX),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(unixSeconds(addSeconds(now, RETRY_SECONDS))),
      },
    },
  )
}
