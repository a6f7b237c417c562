import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Api, dataOf, type Job } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { useApi } from '../../api/session.tsx'
import { hasEnded } from '../../jobs/job-state.ts'

export interface JobFilters {
  readonly type?: Job['type']
  readonly status?: Job['status']
  readonly connection_id?: string
}

interface JobPage {
  readonly jobs: readonly Job[]
  readonly next?: string
}

type Pages = InfiniteData<JobPage, string | undefined>

const TAKE = 100

/** All loaded pages of the list, newest first, and what keeps them up to date. */
export function useJobs(filters: JobFilters) {
  const api = useApi()
  const queryKey = ['jobs', filters] as const
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => pageOf(api, filters, { from: pageParam, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }: JobPage) => next,
    // Only the refresh below looks again. Otherwise each look would load all pages.
    staleTime: Number.POSITIVE_INFINITY,
  })
  const jobs = (pages.data?.pages ?? []).flatMap((page) => page.jobs)
  const refresh = useRefresh(filters, jobs, pages.data !== undefined)
  return { ...pages, jobs, isStale: refresh.isError }
}

const SECONDS_WHILE_RUNNING = 2
const SECONDS_OTHERWISE = 10

// A job beyond the newest page may run for long. Jobs end in about the order in which they began, so the oldest ones.
const OLDER_RUNNING_MAX = 5

/** Brings the newest page up to date, and the oldest of the jobs that run. */
function useRefresh(filters: JobFilters, jobs: readonly Job[], isEnabled: boolean) {
  const api = useApi()
  const queries = useQueryClient()
  const running = jobs.filter((job) => !hasEnded(job))
  return useQuery({
    queryKey: ['jobs-refresh', filters],
    queryFn: async ({ signal }) => {
      const newest = await pageOf(api, filters, { from: undefined, signal })
      const known = new Set(newest.jobs.map(({ id }) => id))
      const older = running.filter(({ id }) => !known.has(id)).slice(-OLDER_RUNNING_MAX)
      const found = await Promise.all(older.map((job) => jobNow(api, job.id, signal)))
      const changes = new Map(older.map(({ id }, index) => [id, found[index]]))
      queries.setQueryData<Pages>(['jobs', filters], (before) => withChanges(before, newest, changes))
      return null
    },
    enabled: isEnabled,
    retry: false,
    refetchInterval: (running.length > 0 ? SECONDS_WHILE_RUNNING : SECONDS_OTHERWISE) * 1000,
  })
}

/** For a job that was deleted here, so that it leaves the list at once. */
export function useForget(): (id: string) => void {
  const queries = useQueryClient()
  return (id) =>
    queries.setQueriesData<Pages>({ queryKey: ['jobs'] }, (before) =>
      mapJobs(before, (jobs) => jobs.filter((job) => job.id !== id)),
    )
}

interface PageOptions {
  readonly from: string | undefined
  readonly signal: AbortSignal
}

function pageOf(api: Api, filters: JobFilters, { from, signal }: PageOptions): Promise<JobPage> {
  const query = { ...filters, take: TAKE, ...(from === undefined ? {} : { from }) }
  return dataOf(api.GET('/api/v2/jobs', { params: { query }, signal }))
}

async function jobNow(api: Api, id: string, signal: AbortSignal): Promise<Job | undefined> {
  try {
    return await dataOf(api.GET('/api/v2/jobs/{id}', { params: { path: { id } }, signal }))
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined
    throw error
  }
}

/** `changes`: undefined if the job is gone. */
function withChanges(
  before: Pages | undefined,
  newest: JobPage,
  changes: ReadonlyMap<string, Job | undefined>,
): Pages | undefined {
  if (before === undefined) return undefined
  const known = new Set(before.pages.flatMap(({ jobs }) => jobs.map(({ id }) => id)))
  const now = new Map(newest.jobs.map((job) => [job.id, job]))
  const oldest = newest.jobs.at(-1)
  // What is as new as the newest page, and not in it, was deleted, or no longer has the status that was asked for.
  const isGone = ({ id, created_at }: Job): boolean =>
    changes.has(id)
      ? changes.get(id) === undefined
      : !now.has(id) && (newest.next === undefined || oldest === undefined || created_at > oldest.created_at)
  const changed = mapJobs(before, (jobs) =>
    jobs.filter((job) => !isGone(job)).map((job) => now.get(job.id) ?? changes.get(job.id) ?? job),
  )
  const added = newest.jobs.filter(({ id }) => !known.has(id))
  return added.length === 0 ? changed : mapFirst(changed, (jobs) => merged(added, jobs))
}

function merged(added: readonly Job[], jobs: readonly Job[]): readonly Job[] {
  return [...added, ...jobs].sort((one, other) => (one.created_at < other.created_at ? 1 : -1))
}

function mapJobs(
  data: Pages | undefined,
  change: (jobs: readonly Job[]) => readonly Job[],
): Pages | undefined {
  if (data === undefined) return undefined
  return { ...data, pages: data.pages.map((page) => ({ ...page, jobs: change(page.jobs) })) }
}

function mapFirst(
  data: Pages | undefined,
  change: (jobs: readonly Job[]) => readonly Job[],
): Pages | undefined {
  const [first, ...rest] = data?.pages ?? []
  if (data === undefined || first === undefined) return data
  return { ...data, pages: [{ ...first, jobs: change(first.jobs) }, ...rest] }
}
