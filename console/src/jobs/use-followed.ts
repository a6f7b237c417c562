import { useEffect, useState } from 'react'
import { useApi } from '../api/session.tsx'
import { type Followed, followJob } from './follow-job.ts'
import { hasEnded } from './job-state.ts'

/** What the events said at one time. */
export interface Sample {
  /** Since the first event that this page has seen. */
  readonly seconds: number
  readonly users: number
}

interface FollowedJob extends Followed {
  readonly samples: readonly Sample[]
}

// A chart has some hundred pixels: more points than these are not seen.
const SAMPLES_MAX = 600

export function useFollowedJob(id: string): FollowedJob {
  const api = useApi()
  const [followed, setFollowed] = useState<FollowedJob>({ samples: [] })
  useEffect(() => {
    const leaving = new AbortController()
    const began = performance.now()
    const see = (change: Partial<Followed>) => {
      if (leaving.signal.aborted) return
      const seconds = (performance.now() - began) / 1000
      setFollowed(({ samples, ...before }) => {
        const users = change.progress?.users
        const seen = users === undefined ? samples : more(samples, { seconds, users })
        return withProgress({ ...before, ...change, samples: seen })
      })
    }
    see({ error: undefined })
    void followJob(api, id, { signal: leaving.signal, see })
    return () => leaving.abort()
  }, [api, id])
  return followed
}

// The parts of the page that show the job show the same progress.
function withProgress(followed: FollowedJob): FollowedJob {
  const { job, progress } = followed
  if (job === undefined || progress === undefined || hasEnded(job)) return followed
  const { status, percentage_done, bytes } = progress
  // The events of a job that waits say 0 too, and a running import is pending.
  if (status === 'pending' && percentage_done === 0 && bytes === 0) return followed
  return { ...followed, job: { ...job, status, percentage_done } }
}

function more(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  // A job that was tried again began at zero.
  const kept = (samples.at(-1)?.users ?? 0) > sample.users ? [] : samples
  const thinned = kept.length >= SAMPLES_MAX ? kept.filter((_, index) => index % 2 === 0) : kept
  return [...thinned, sample]
}
