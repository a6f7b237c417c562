import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { JobStore } from '../jobs/job-store.ts'

/** Auth0's doc: "The user import job concurrency limit is 2". */
export const ACTIVE_IMPORTS_MAX = 2

// A form's file is stored in well under a second: whoever asks again then has a good chance.
const RETRY_SECONDS = 1

/** The places for imports, of which a file that is still being received takes one as a job does. */
export interface ImportPlaces {
  /** Takes a place. Fails with `imports_too_many`. */
  take(): Promise<ImportPlace>
}

export interface ImportPlace {
  /** Puts the job in the place, which is the job's from then on. */
  fill<T>(add: () => Promise<T>): Promise<T>
  /** Gives the place back if no job is in it. */
  leave(): void
}

/** One process receives all files of a deployment, so it can count those that no job tells of yet. */
export function newImportPlaces(jobs: JobStore, clock: Clock): ImportPlaces {
  let receiving = 0
  // One after the other: while a job is added nobody counts it twice, or not at all.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }
  const newPlace = (): ImportPlace => {
    let isTaken = true
    const leave = (): void => {
      if (isTaken) receiving--
      isTaken = false
    }
    return { fill: (add) => inTurn(() => add().finally(leave)), leave }
  }
  return {
    take: () =>
      inTurn(async () => {
        const taken = (await jobs.countActive('users_import')) + receiving
        if (taken >= ACTIVE_IMPORTS_MAX) throw tooManyImports(taken, clock.now())
        receiving++
        return newPlace()
      }),
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
