import { useCallback, useEffect, useState } from 'react'
import { GridList, GridListItem, ListLayout, Virtualizer } from 'react-aria-components'
import { useLocation } from 'wouter'
import type { Job } from '../../api/client.ts'
import { useApi, useMay } from '../../api/session.tsx'
import { ago } from '../../format/times.ts'
import { DeleteDialog } from '../../jobs/delete-dialog.tsx'
import { downloadFile, downloadReceipt } from '../../jobs/job-file.ts'
import { expiryOf, hasEnded, SCOPES } from '../../jobs/job-state.ts'
import { StateTag, sizeOf, usersOf, whatOf } from '../../jobs/job-words.tsx'
import { requestOf, useRepeat } from '../../jobs/repeat.ts'
import { Button } from '../../parts/button.tsx'
import { Menu } from '../../parts/menu.tsx'
import { Failed } from '../../parts/states.tsx'
import { hrefOf, jobPath } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import styles from './jobs.module.css'
import { useForget } from './use-jobs.ts'

interface JobListProps {
  readonly jobs: readonly Job[]
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  onLoadMore(): void
}

// Rows that are out of sight are not in the document, so 10,000 jobs cost what 30 do.
const ROW_PIXELS_MIN = 57
const LAYOUT = { estimatedRowSize: ROW_PIXELS_MIN }

export function JobList({ jobs, hasMore, isLoadingMore, onLoadMore }: JobListProps) {
  const words = texts.jobs
  const [error, setError] = useState<unknown>()
  const [asked, setAsked] = useState<Job>()
  const forget = useForget()
  const attempt = useCallback((act: () => Promise<void>) => {
    setError(undefined)
    act().catch(setError)
  }, [])
  useNearEnd(hasMore && !isLoadingMore, jobs.length * ROW_PIXELS_MIN, onLoadMore)
  return (
    <>
      {error === undefined ? null : <Failed error={error} title={words.actions.failed} />}
      <div className={styles.list}>
        <Head />
        <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
          <GridList
            aria-label={words.list}
            className={styles.rows ?? ''}
            keyboardNavigationBehavior="tab"
            // By `items`, and not as children: a row is then made again only if its job has changed.
            items={jobs}
          >
            {(job) => <JobRow job={job} attempt={attempt} onDelete={() => setAsked(job)} />}
          </GridList>
        </Virtualizer>
        {hasMore ? <p className={styles.loading}>{words.loadingMore}</p> : null}
      </div>
      {asked === undefined ? null : (
        <DeleteDialog
          job={asked}
          onClose={() => setAsked(undefined)}
          onDeleted={() => {
            forget(asked.id)
            setAsked(undefined)
          }}
        />
      )}
    </>
  )
}

// So that the next jobs are there before a person sees the end.
const SCREENS_AHEAD = 2

// React Aria's own sentinel takes the whole page for what is in sight, since the window scrolls and not the list. It would
// load page after page.
function useNearEnd(isWanted: boolean, pixelsMin: number, act: () => void): void {
  useEffect(() => {
    if (!isWanted) return
    const look = () => {
      // The document is lower than its rows until the list has its size.
      const height = Math.max(document.documentElement.scrollHeight, pixelsMin)
      const ahead = height - window.scrollY - window.innerHeight
      if (ahead < SCREENS_AHEAD * window.innerHeight) act()
    }
    look()
    window.addEventListener('scroll', look, { passive: true })
    window.addEventListener('resize', look)
    return () => {
      window.removeEventListener('scroll', look)
      window.removeEventListener('resize', look)
    }
  }, [isWanted, pixelsMin, act])
}

// What a screen reader needs is in each row, so the headings are for the eye.
function Head() {
  const { state, what, users, size, age, expiry } = texts.jobs.columns
  return (
    <div className={styles.head} aria-hidden="true">
      {[state, what, users, size, age, expiry].map((name) => (
        <span key={name}>{name}</span>
      ))}
    </div>
  )
}

interface JobRowProps {
  readonly job: Job
  attempt(act: () => Promise<void>): void
  onDelete(): void
}

function JobRow({ job, attempt, onDelete }: JobRowProps) {
  const { q, created_at, status, status_details: details } = job
  const what = whatOf(job)
  const columns = texts.jobs.columns
  return (
    <GridListItem
      id={job.id}
      textValue={`${what}, ${texts.jobs.states[status]}`}
      className={styles.row ?? ''}
    >
      <div className={styles.state}>
        <StateTag job={job} />
      </div>
      <div className={styles.what}>
        <a href={hrefOf(jobPath(job.id))}>
          <bdi>{what}</bdi>
        </a>
        {q === undefined ? null : (
          <code className={styles.filter} title={q}>
            <bdi>{q}</bdi>
          </code>
        )}
        {status !== 'failed' || details === undefined ? null : (
          <span className={styles.reason} title={details}>
            {details}
          </span>
        )}
      </div>
      <div className={styles.users}>
        <span className={styles.label}>{columns.users}</span> {usersOf(job)}
      </div>
      <div className={styles.size}>
        <span className={styles.label}>{columns.size}</span> {sizeOf(job)}
      </div>
      <div className={styles.soft} title={created_at}>
        <span className={styles.label}>{columns.age}</span> {ago(created_at)}
      </div>
      <div className={styles.soft}>
        {status === 'expired' ? null : (
          <>
            <span className={styles.label}>{columns.expiry}</span> {ago(expiryOf(job))}
          </>
        )}
      </div>
      <Actions job={job} attempt={attempt} onDelete={onDelete} />
    </GridListItem>
  )
}

function Actions({ job, attempt, onDelete }: JobRowProps) {
  const api = useApi()
  const [, go] = useLocation()
  const repeat = useRepeat()
  const mayRead = useMay('read:users')
  const mayDelete = useMay(SCOPES[job.type])
  const words = texts.jobs.actions
  const what = whatOf(job)
  const hasFile = mayRead && job.type === 'users_export' && job.status === 'completed'
  const entries = [
    { id: 'open', label: words.open, isShown: true, act: () => go(jobPath(job.id)) },
    {
      id: 'receipt',
      label: words.receipt,
      isShown: hasFile,
      act: () => attempt(() => downloadReceipt(api, job.id)),
    },
    {
      id: 'repeat',
      label: words.repeat,
      isShown: mayRead && requestOf(job) !== undefined,
      act: () => repeat(job),
    },
    {
      id: 'delete',
      label: hasEnded(job) ? words.delete : words.cancel,
      isShown: mayDelete,
      isDangerous: true,
      act: onDelete,
    },
  ]
  return (
    <div className={styles.actions}>
      {hasFile ? (
        <Button
          isSmall
          aria-label={words.downloadOf(what)}
          onPress={() => attempt(() => downloadFile(api, job.id))}
        >
          {words.download}
        </Button>
      ) : null}
      <Menu label={words.moreOf(what)} entries={entries.filter(({ isShown }) => isShown)} />
    </div>
  )
}
