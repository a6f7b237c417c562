import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { JobStore } from '../jobs/job-store.ts'

/** Auth0's doc: "The user import job concurrency limit is 2". */
export const ACTIVE_IMPORTS_MAX = 2

// Most forms are stored in under a second, so a client that tries again after this time has a good chance.
const RETRY_SECONDS = 1

/** A file that is being received takes one of the places for imports, as an active job does. */
export interface ImportPlaces {
  /** Fails with `imports_too_many`. */
  take(): Promise<ImportPlace>
}

export interface ImportPlace {
  /** Adds the job, which then has the place. */
  fill<T>(add: () => Promise<T>): Promise<T>
  /** Frees the place, unless a job has it. */
  leave(): void
}

/** One process receives all files of a deployment, so it can count the files that have no job yet. */
export function newImportPlaces(jobs: JobStore, clock: Clock): ImportPlaces {
  let receiving = 0
  // One call after another. Otherwise a file that becomes a job could be counted twice or not at all.
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
