import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Job } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { useApi } from '../../api/session.tsx'
import { bytes, count } from '../../format/numbers.ts'
import { ago, moment } from '../../format/times.ts'
import { downloadFile, downloadReceipt, receiptOf } from '../../jobs/job-file.ts'
import { expiryOf } from '../../jobs/job-state.ts'
import { type ReceiptClaims, readReceipt } from '../../jobs/receipt.ts'
import { Button } from '../../parts/button.tsx'
import { Card, Facts } from '../../parts/layout.tsx'
import { Failed, Loading, NeedsScope } from '../../parts/states.tsx'
import { Code, CopyButton, UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import styles from './job.module.css'
import { Verification } from './verification.tsx'

/** What a completed export has: its file, its receipt, and the proof that both belong together. */
export function FileOfExport({ job }: { readonly job: Job }) {
  return (
    <NeedsScope scope="read:users">
      <FileCards job={job} />
    </NeedsScope>
  )
}

function FileCards({ job }: { readonly job: Job }) {
  const api = useApi()
  const { id } = job
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['receipt', id],
    queryFn: ({ signal }) => receiptOf(api, id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const claims = data === undefined ? undefined : readReceipt(data)?.claims
  const isNever = error instanceof Problem && error.status === 404
  return (
    <>
      <Card title={texts.job.done.title}>
        <Ready job={job} />
        {isPending ? <Loading lines={4} /> : null}
        {claims === undefined ? null : <FileFacts job={job} claims={claims} />}
        {isNever ? <p className={styles.soft}>{texts.job.done.noReceipt}</p> : null}
        {error !== null && !isNever ? <Failed error={error} onTryAgain={() => void refetch()} /> : null}
      </Card>
      {claims === undefined || data === undefined ? null : (
        <>
          <Verification job={job} claims={claims} />
          <Receipt job={job} claims={claims} text={data} />
        </>
      )}
    </>
  )
}

function Ready({ job }: { readonly job: Job }) {
  const api = useApi()
  const words = texts.job.done
  const [state, setState] = useState<'idle' | 'busy' | { readonly error: unknown }>('idle')
  const download = async () => {
    setState('busy')
    try {
      await downloadFile(api, job.id)
      setState('idle')
    } catch (error) {
      setState({ error })
    }
  }
  return (
    <>
      <div className={styles.ready}>
        <Button look="primary" onPress={() => void download()} isDisabled={state === 'busy'}>
          {state === 'busy' ? words.downloading : words.download}
        </Button>
        <span role="status">{words.ready(job.summary?.total ?? 0)}</span>
      </div>
      {typeof state === 'object' ? <Failed error={state.error} title={words.downloadFailed} /> : null}
      <p className={styles.soft}>
        {words.packed} {words.expires(ago(expiryOf(job)))}
      </p>
    </>
  )
}

function FileFacts({ job, claims }: { readonly job: Job; readonly claims: ReceiptClaims }) {
  const words = texts.job.done
  const { users, sha256, snapshot, unpacked_bytes } = claims
  return (
    <Facts
      facts={[
        [words.users, count(users)],
        [
          words.size,
          <span key="size" title={texts.job.verify.checks.bytes}>
            {bytes(claims.bytes)}{' '}
            <span className={styles.soft}>({words.unpacked(bytes(unpacked_bytes))})</span>
          </span>,
        ],
        [
          words.sha256,
          <span key="hash" className={styles.lead}>
            <code className={styles.hash}>{sha256}</code>
            <CopyButton text={sha256} label={words.copySha256} />
          </span>,
        ],
        [
          words.snapshot,
          <Explained key="at" text={moment(snapshot)} title={snapshot} hint={words.snapshotHint} />,
        ],
        ...(job.until === undefined
          ? []
          : [
              [
                words.until,
                <Explained key="until" text={job.until} title={job.until} hint={words.untilHint} />,
              ] as const,
            ]),
      ]}
    />
  )
}

function Explained({
  text,
  title,
  hint,
}: {
  readonly text: string
  readonly title: string
  readonly hint: string
}) {
  return (
    <span>
      <span title={title}>{text}</span>
      <br />
      <span className={styles.soft}>{hint}</span>
    </span>
  )
}

interface ReceiptProps {
  readonly job: Job
  readonly claims: ReceiptClaims
  readonly text: string
}

function Receipt({ job, claims, text }: ReceiptProps) {
  const api = useApi()
  const words = texts.job.receipt
  const { iss, iat, position, tenant, previous, columns, counted, version, unpacked_bytes } = claims
  return (
    <Card
      title={words.title}
      actions={
        <Button isSmall onPress={() => void downloadReceipt(api, job.id)}>
          {texts.job.done.receipt}
        </Button>
      }
    >
      <p className={styles.soft}>{words.lead}</p>
      <details className={styles.details}>
        <summary>{words.show}</summary>
        <Facts
          facts={[
            [words.made, moment(new Date(iat * 1000).toISOString())],
            [words.by, iss],
            [words.position, words.positionOf(position, tenant)],
            [words.previous, previous === null ? words.first : <code key="previous">{previous}</code>],
            [words.counted, count(counted)],
            [words.unpacked, texts.job.done.unpacked(bytes(unpacked_bytes))],
            [words.columns, <UserText key="columns" text={columns.join(', ')} />],
            [words.version, version],
          ]}
        />
        <p className={styles.soft}>{words.text}</p>
        <Code text={text} isWrapped />
      </details>
    </Card>
  )
}
