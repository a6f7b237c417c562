import { useQuery } from '@tanstack/react-query'
import { dataOf, type Job } from '../../api/client.ts'
import { useApi, useMay } from '../../api/session.tsx'
import { ago, moment } from '../../format/times.ts'
import { StateTag, usersOf, whatOf } from '../../jobs/job-words.tsx'
import { LinkButton } from '../../parts/button.tsx'
import { Card } from '../../parts/layout.tsx'
import { Failed, Loading, NeedsScope } from '../../parts/states.tsx'
import { UserText } from '../../parts/text.tsx'
import { hrefOf, jobPath, ROUTES } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import styles from './overview.module.css'

const words = texts.overview
const DAY_MILLISECONDS = 86_400_000
const REFRESH_MILLISECONDS = 15_000
const EXPORTS_MAX = 100
const SHOWN_MAX = 6

type JobFilter = { readonly type?: Job['type']; readonly status?: Job['status'] }

function useLastJobs(filter: JobFilter, take: number) {
  const api = useApi()
  return useQuery({
    queryKey: ['last-jobs', filter, take],
    refetchInterval: REFRESH_MILLISECONDS,
    queryFn: ({ signal }) => {
      const created_after = new Date(Date.now() - DAY_MILLISECONDS).toISOString()
      const query = { ...filter, take, created_after }
      return dataOf(api.GET('/api/v2/jobs', { params: { query }, signal }))
    },
  })
}

export function ExportsCard() {
  return (
    <Card
      title={words.exports.title}
      actions={
        <LinkButton to={ROUTES.jobs} isSmall>
          {words.exports.all}
        </LinkButton>
      }
    >
      <MayList>
        <Exports />
      </MayList>
    </Card>
  )
}

export function FailuresCard() {
  return (
    <Card title={words.failures.title}>
      <MayList>
        <Failures />
      </MayList>
    </Card>
  )
}

/** One of two scopes is enough. The message names the one that a reader of users needs. */
function MayList({ children }: { readonly children: React.ReactNode }) {
  const isImporter = useMay('create:users')
  return isImporter ? children : <NeedsScope scope="read:users">{children}</NeedsScope>
}

function Exports() {
  const { data, error, refetch } = useLastJobs({ type: 'users_export' }, EXPORTS_MAX)
  if (error !== null && data === undefined) return <Failed error={error} onTryAgain={() => void refetch()} />
  if (data === undefined) return <Loading lines={4} />
  const { jobs, next } = data
  if (jobs.length === 0) return <p className={styles.soft}>{words.exports.none}</p>
  return (
    <>
      <p className={styles.big}>{words.exports.count(jobs.length, next === undefined)}</p>
      <JobLines jobs={jobs.slice(0, SHOWN_MAX)} />
    </>
  )
}

function Failures() {
  const { data, error, refetch } = useLastJobs({ status: 'failed' }, SHOWN_MAX)
  if (error !== null && data === undefined) return <Failed error={error} onTryAgain={() => void refetch()} />
  if (data === undefined) return <Loading lines={2} />
  if (data.jobs.length === 0) return <p className={styles.soft}>{words.failures.none}</p>
  return <JobLines jobs={data.jobs} />
}

function JobLines({ jobs }: { readonly jobs: readonly Job[] }) {
  return (
    <ul className={styles.jobs}>
      {jobs.map((job) => (
        <li key={job.id}>
          <StateTag job={job} />
          <span className={styles.jobWhat}>
            <a href={hrefOf(jobPath(job.id))}>
              <bdi>{whatOf(job)}</bdi>
            </a>
            {job.status === 'failed' && job.status_details !== undefined ? (
              <span className={styles.soft}>
                <UserText text={job.status_details} max={160} hasButton={false} />
              </span>
            ) : (
              <span className={styles.soft}>{usersOf(job)}</span>
            )}
          </span>
          <time className={styles.soft} dateTime={job.created_at} title={moment(job.created_at)}>
            {ago(job.created_at)}
          </time>
        </li>
      ))}
    </ul>
  )
}
