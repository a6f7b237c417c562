import { useState } from 'react'
import { dataOf, type Job } from '../../api/client.ts'
import { useApi } from '../../api/session.tsx'
import { count } from '../../format/numbers.ts'
import { hasEnded } from '../../jobs/job-state.ts'
import { useFollowedJob } from '../../jobs/use-followed.ts'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Card, Row } from '../../parts/layout.tsx'
import { Failed, Meter, Notice } from '../../parts/states.tsx'
import { jobPath, ROUTES } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import styles from './import.module.css'
import { ImportErrors } from './import-errors.tsx'
import { LeftOut } from './left-out.tsx'
import type { Look } from './look-at-file.ts'
import type { ImportOptions } from './send-file.ts'
import type { useSending } from './use-sending.ts'

const words = texts.importPage.run

interface RunProps {
  readonly file: File
  readonly look: Look
  readonly options: ImportOptions
  readonly sending: ReturnType<typeof useSending>
}

/** The check, and then the import of the same file by one more press. */
export function RunCard({ file, look, options, sending }: RunProps) {
  const { run, start, stop } = sending
  const isReady = options.connectionId !== ''
  if (run?.kind === 'job') {
    return (
      <JobOfFile
        key={run.job.id}
        id={run.job.id}
        isDry={run.isDry}
        file={file}
        look={look}
        options={options}
        onImport={() => start(false)}
      />
    )
  }
  return (
    <Card title={words.title}>
      <p>{words.lead}</p>
      {run?.kind === 'failed' ? (
        <Failed error={run.error} title={words.failed} onTryAgain={() => start(run.isDry)} />
      ) : null}
      {run?.kind === 'stopped' ? (
        <Notice tone="info">
          <span>{words.aborted}</span>
        </Notice>
      ) : null}
      {run?.kind === 'sending' ? (
        <Sending file={file} sent={run.sent} onStop={stop} />
      ) : (
        <Row>
          <Button look="primary" isDisabled={!isReady} onPress={() => start(true)}>
            {words.check}
          </Button>
          {look.trouble === undefined ? (
            <Button isDisabled={!isReady} onPress={() => start(false)}>
              {words.importNow}
            </Button>
          ) : null}
          {isReady ? null : <span className={styles.soft}>{texts.importPage.options.chooseConnection}</span>}
        </Row>
      )}
    </Card>
  )
}

function Sending({ file, sent, onStop }: { readonly file: File; readonly sent: number; onStop(): void }) {
  const isAll = sent >= file.size
  return (
    <>
      <Meter
        label={words.sending(file.name)}
        done={file.size === 0 ? 1 : sent / file.size}
        note={isAll ? words.received : words.sent(sent, file.size)}
      />
      <Row>
        <Button onPress={onStop}>{words.abort}</Button>
      </Row>
    </>
  )
}

interface JobProps extends Omit<RunProps, 'sending'> {
  readonly id: string
  readonly isDry: boolean
  onImport(): void
}

function JobOfFile({ id, isDry, file, look, options, onImport }: JobProps) {
  const { job, progress, isDeleted, away, error } = useFollowedJob(id)
  const ended = job !== undefined && hasEnded(job)
  const delimiter = options.delimiter === 'detect' ? (look.csv?.delimiter ?? ',') : options.delimiter
  const source = { file, format: options.format, delimiter, hasHeader: options.columns.trim() === '' }
  return (
    <>
      <Card title={isDry ? words.title : texts.pages.import}>
        {error === undefined ? null : <Failed error={error} />}
        {away === undefined ? null : (
          <Notice tone="warn">
            <span>{words.away}</span>
          </Notice>
        )}
        {isDeleted === true ? (
          <Notice tone="info">
            <span>{words.deleted}</span>
          </Notice>
        ) : ended ? (
          <Outcome job={job} isDry={isDry} onImport={onImport} />
        ) : (
          <Running id={id} isDry={isDry} job={job} progress={progress} />
        )}
      </Card>
      {ended ? <ImportErrors job={job} source={source} /> : null}
    </>
  )
}

type Followed = ReturnType<typeof useFollowedJob>

function Running({
  id,
  isDry,
  job,
  progress,
}: {
  readonly id: string
  readonly isDry: boolean
  readonly job: Job | undefined
  readonly progress: Followed['progress'] | undefined
}) {
  const [isAsked, setAsked] = useState(false)
  const percent = progress?.percentage_done ?? job?.percentage_done
  const note =
    progress === undefined || percent === undefined
      ? words.waiting
      : words.read(progress.users, progress.bytes)
  return (
    <>
      <Meter
        label={isDry ? words.checking : words.importing}
        done={percent === undefined ? undefined : percent / 100}
        note={note}
      />
      <p className={styles.soft}>{words.leave}</p>
      <Row>
        <Button onPress={() => setAsked(true)}>{words.stop}</Button>
        <LinkButton to={jobPath(id)}>{words.openJob}</LinkButton>
      </Row>
      {isAsked ? <StopDialog id={id} onClose={() => setAsked(false)} /> : null}
    </>
  )
}

function StopDialog({ id, onClose }: { readonly id: string; onClose(): void }) {
  const api = useApi()
  const [error, setError] = useState<unknown>()
  const stop = () =>
    dataOf(api.DELETE('/api/v2/jobs/{id}', { params: { path: { id } } })).then(onClose, setError)
  return (
    <Dialog title={words.stopTitle} onClose={onClose}>
      <p>{words.stopHint}</p>
      {error === undefined ? null : <Failed error={error} />}
      <Row isAtEnd>
        <Button onPress={onClose}>{words.keep}</Button>
        <Button look="danger" onPress={() => void stop()}>
          {words.stop}
        </Button>
      </Row>
    </Dialog>
  )
}

function Outcome({ job, isDry, onImport }: { readonly job: Job; readonly isDry: boolean; onImport(): void }) {
  const { summary, status } = job
  const isFailed = status !== 'completed'
  const stored = storedOf(job)
  const failed = summary?.failed ?? 0
  return (
    <>
      <Verdict job={job} isDry={isDry} />
      <LeftOut job={job} />
      {summary === undefined ? null : <Numbers summary={summary} isDry={isDry} />}
      {isDry && !isFailed && stored === 0 ? <p>{words.nothing}</p> : null}
      <Row>
        {isDry && !isFailed && stored > 0 ? (
          <>
            <Button look="primary" onPress={onImport}>
              {words.importChecked(stored)}
            </Button>
            {failed > 0 ? <span className={styles.soft}>{words.importRest}</span> : null}
          </>
        ) : null}
        {isDry ? null : <NextPages />}
        <LinkButton to={jobPath(job.id)}>{words.openJob}</LinkButton>
      </Row>
    </>
  )
}

function NextPages() {
  return (
    <>
      <LinkButton to={ROUTES.users} look="primary">
        {words.toUsers}
      </LinkButton>
      <LinkButton to={ROUTES.newExport}>{texts.pages.newExport}</LinkButton>
    </>
  )
}

function storedOf({ summary }: Job): number {
  return (summary?.inserted ?? 0) + (summary?.updated ?? 0)
}

function Verdict({ job, isDry }: { readonly job: Job; readonly isDry: boolean }) {
  if (job.status === 'completed') {
    const tone = (job.summary?.failed ?? 0) > 0 ? 'warn' : 'good'
    return <Notice tone={tone} title={isDry ? words.checkDone : words.importDone} />
  }
  const { none, failed } = isDry ? words.checkEnds : words.importEnds
  const hasNone = job.error_code === 'import_unreadable' && storedOf(job) === 0
  return (
    <Notice tone="bad" title={hasNone ? none : failed}>
      <span>{job.status_details}</span>
    </Notice>
  )
}

function Numbers({
  summary,
  isDry,
}: {
  readonly summary: NonNullable<Job['summary']>
  readonly isDry: boolean
}) {
  const { numbers } = words
  const { total, inserted = 0, updated = 0, failed = 0, incomplete = 0 } = summary
  const tiles = [
    [numbers.total, total],
    [isDry ? numbers.wouldInsert : numbers.inserted, inserted],
    [isDry ? numbers.wouldUpdate : numbers.updated, updated],
    [isDry ? numbers.wouldFail : numbers.failed, failed],
    ...(incomplete > 0 ? [[isDry ? numbers.wouldLack : numbers.incomplete, incomplete] as const] : []),
  ] as const
  return (
    <dl className={styles.numbers}>
      {tiles.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{count(value)}</dd>
        </div>
      ))}
    </dl>
  )
}
