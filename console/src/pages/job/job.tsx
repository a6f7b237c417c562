import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Job } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { useMay } from '../../api/session.tsx'
import { ago } from '../../format/times.ts'
import { DeleteDialog } from '../../jobs/delete-dialog.tsx'
import { hasEnded, SCOPES } from '../../jobs/job-state.ts'
import { StateTag, whatOf } from '../../jobs/job-words.tsx'
import { requestOf, useRepeat } from '../../jobs/repeat.ts'
import { exportFacts, importFacts } from '../../jobs/request-facts.tsx'
import { useFollowedJob } from '../../jobs/use-followed.ts'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Card, Facts, Page } from '../../parts/layout.tsx'
import { Empty, Failed, Loading, Notice, Tag } from '../../parts/states.tsx'
import { CopyButton } from '../../parts/text.tsx'
import { ROUTES } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import { FileOfExport } from './file.tsx'
import { ImportResult } from './import-result.tsx'
import styles from './job.module.css'
import { Progress } from './progress.tsx'

export default function JobPage({ id }: { readonly id: string }) {
  const [tries, setTries] = useState(0)
  return <FollowedJob key={tries} id={id} onTryAgain={() => setTries(tries + 1)} />
}

function FollowedJob({ id, onTryAgain }: { readonly id: string; onTryAgain(): void }) {
  const followed = useFollowedJob(id)
  const { job, error, isDeleted = false } = followed
  const isGone = isDeleted || (error instanceof Problem && error.status === 404)
  if (isGone) return <Gone wasHere={job !== undefined} />
  return (
    <Page
      title={job === undefined ? texts.pages.jobs : whatOf(job)}
      lead={job === undefined ? undefined : <Lead job={job} />}
      actions={job === undefined ? undefined : <Actions job={job} />}
    >
      {followed.away === undefined ? null : (
        <Notice tone="warn" title={texts.job.away}>
          {job === undefined || hasEnded(job) ? null : <span>{texts.job.awayHint}</span>}
        </Notice>
      )}
      {error === undefined ? null : <Failed error={error} onTryAgain={onTryAgain} />}
      {job === undefined ? (
        error === undefined && <Loading lines={6} />
      ) : (
        <Parts job={job} followed={followed} />
      )}
    </Page>
  )
}

function Lead({ job }: { readonly job: Job }) {
  return (
    <span className={styles.lead}>
      <StateTag job={job} />
      {job.dry_run === true ? <Tag tone="warn">{texts.job.request.dryRun}</Tag> : null}
      <span title={job.created_at}>{texts.job.created(ago(job.created_at))}</span>
    </span>
  )
}

function Actions({ job }: { readonly job: Job }) {
  const [isAsking, setAsking] = useState(false)
  const [, go] = useLocation()
  const queries = useQueryClient()
  const repeat = useRepeat()
  const mayDelete = useMay(SCOPES[job.type])
  const mayExport = useMay('read:users')
  const leave = () => {
    queries.removeQueries({ queryKey: ['jobs'] })
    go(ROUTES.jobs)
  }
  return (
    <>
      {mayExport && requestOf(job) !== undefined ? (
        <Button onPress={() => repeat(job)}>{texts.job.repeat}</Button>
      ) : null}
      {mayDelete ? (
        <Button look="danger" onPress={() => setAsking(true)}>
          {hasEnded(job) ? texts.job.delete : texts.job.cancel}
        </Button>
      ) : null}
      {isAsking ? <DeleteDialog job={job} onClose={() => setAsking(false)} onDeleted={leave} /> : null}
    </>
  )
}

function Parts({
  job,
  followed,
}: {
  readonly job: Job
  readonly followed: ReturnType<typeof useFollowedJob>
}) {
  const { type, status } = job
  const isExport = type === 'users_export'
  return (
    <>
      {hasEnded(job) ? null : <Progress job={job} followed={followed} />}
      {status === 'failed' ? <Reason job={job} /> : null}
      {status === 'expired' ? (
        <Notice tone="info" title={texts.job.expired.title}>
          <span>{texts.job.expired.hint}</span>
        </Notice>
      ) : null}
      {isExport && status === 'completed' ? <FileOfExport job={job} /> : null}
      {type === 'users_import' && status !== 'expired' ? <ImportResult job={job} /> : null}
      {type === 'verification_email' && status === 'completed' ? (
        <Notice tone="good">
          <span>{texts.job.mail.sent}</span>
        </Notice>
      ) : null}
      <RequestCard job={job} />
    </>
  )
}

function Reason({ job }: { readonly job: Job }) {
  const words = texts.job.failed
  const { error_code: code } = job
  const advice = code === undefined ? undefined : words.advice[code]
  return (
    <Notice tone="bad" title={words.title}>
      <span>{job.status_details ?? words.noDetails}</span>
      {advice === undefined ? null : (
        <span>
          <strong>{words.whatToDo}</strong> {advice}
        </span>
      )}
      {code === undefined ? null : <span className={styles.soft}>{words.code(code)}</span>}
    </Notice>
  )
}

function RequestCard({ job }: { readonly job: Job }) {
  const { type, status, id } = job
  const known = status === 'expired' ? [] : type === 'users_export' ? exportFacts(job) : importFactsOf(job)
  const idFact = [
    texts.job.id,
    <span key="id" className={styles.lead}>
      <code>{id}</code>
      <CopyButton text={id} label={texts.job.copyId} />
    </span>,
  ] as const
  return (
    <Card title={texts.job.request.title}>
      <Facts facts={[...known, idFact]} />
    </Card>
  )
}

function importFactsOf(job: Job): ReturnType<typeof importFacts> {
  return job.type === 'users_import' ? importFacts(job) : []
}

function Gone({ wasHere }: { readonly wasHere: boolean }) {
  const words = texts.job
  return (
    <Page title={wasHere ? words.deleted : words.notFound}>
      <Empty title={wasHere ? words.deletedHint : words.notFoundHint}>
        <LinkButton to={ROUTES.jobs}>{words.back}</LinkButton>
      </Empty>
    </Page>
  )
}
