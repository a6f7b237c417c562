import { useQuery } from '@tanstack/react-query'
import { dataOf, type Job } from '../../api/client.ts'
import { useApi } from '../../api/session.tsx'
import { importCounts } from '../../jobs/request-facts.tsx'
import { Card, Facts } from '../../parts/layout.tsx'
import { Failed, Loading, Notice } from '../../parts/states.tsx'
import { UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import styles from './job.module.css'

/** What an import did, and whom it refused. */
export function ImportResult({ job }: { readonly job: Job }) {
  const words = texts.job.imported
  if (job.summary === undefined) return null
  return (
    <>
      <Card title={words.title}>
        {job.dry_run === true ? (
          <Notice tone="info">
            <span>{words.wouldBe}</span>
          </Notice>
        ) : null}
        <Facts facts={importCounts(job)} />
        {job.status_details === undefined || job.status === 'failed' ? null : (
          <Notice tone="warn">
            <span>{job.status_details}</span>
          </Notice>
        )}
      </Card>
      <Errors job={job} />
    </>
  )
}

const ERRORS_SHOWN = 50

function Errors({ job }: { readonly job: Job }) {
  const api = useApi()
  const words = texts.job.imported
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['job-errors', job.id],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v2/jobs/{id}/errors', {
          params: { path: { id: job.id }, query: { take: ERRORS_SHOWN } },
          signal,
        }),
      ),
  })
  const page = data !== undefined && 'errors' in data ? data : undefined
  return (
    <Card title={words.errors}>
      {isPending ? <Loading lines={3} /> : null}
      {error === null ? null : <Failed error={error} onTryAgain={() => void refetch()} />}
      {page === undefined ? null : page.errors.length === 0 ? (
        <p>{words.noErrors}</p>
      ) : (
        <Table errors={page.errors} />
      )}
      {page?.next === undefined ? null : <p className={styles.soft}>{words.firstOf(ERRORS_SHOWN)}</p>}
    </Card>
  )
}

interface ImportError {
  readonly user?: unknown
  readonly line?: number
  readonly errors: readonly { readonly code: string; readonly message: string }[]
}

function Table({ errors }: { readonly errors: readonly ImportError[] }) {
  const words = texts.job.imported
  const numbered = errors.map((error, index) => ({ ...error, key: `error ${index}` }))
  return (
    <table className={styles.checks}>
      <thead>
        <tr>
          <th scope="col">{words.line}</th>
          <th scope="col">{words.reason}</th>
          <th scope="col">{words.user}</th>
        </tr>
      </thead>
      <tbody>
        {numbered.map(({ key, line, errors: reasons, user }) => (
          <tr key={key}>
            <td>{line ?? texts.job.progress.unknown}</td>
            <td>
              {reasons.map(({ code, message }) => (
                <div key={`${code} ${message}`}>
                  <code>{code}</code> <UserText text={message} />
                </div>
              ))}
            </td>
            <td>
              <UserText text={JSON.stringify(user)} max={120} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
