import { useEffect, useRef, useState } from 'react'
import type { Job } from '../../api/client.ts'
import { useApi } from '../../api/session.tsx'
import { bytes } from '../../format/numbers.ts'
import { receiptName, saveBytes } from '../../jobs/job-file.ts'
import { keysUrl, type ReceiptClaims } from '../../jobs/receipt.ts'
import {
  type Check,
  type Outcome,
  type Step,
  VERIFY_BYTES_MAX,
  type Verdict,
  verifyFile,
} from '../../jobs/verify-file.ts'
import { Button } from '../../parts/button.tsx'
import { Card, Row } from '../../parts/layout.tsx'
import { Failed, Meter, Notice, Tag } from '../../parts/states.tsx'
import { Code, CopyButton } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import styles from './job.module.css'

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy'; readonly step: Step; readonly done?: number | undefined }
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'failed'; readonly error: unknown }

interface VerificationProps {
  readonly job: Job
  readonly claims: ReceiptClaims
}

export function Verification({ job, claims }: VerificationProps) {
  const words = texts.job.verify
  const { state, start, stop } = useVerification(job.id)
  const obstacle = obstacleFor(claims)
  return (
    <Card title={words.title}>
      <p className={styles.soft}>{words.lead}</p>
      {obstacle === undefined ? null : (
        <Command job={job} reason={obstacle} name={`${claims.tenant}.${claims.request.format}.gz`} />
      )}
      {obstacle === undefined && state.kind !== 'busy' ? (
        <Row>
          <Button onPress={start}>{state.kind === 'idle' ? words.start : words.again}</Button>
        </Row>
      ) : null}
      {state.kind === 'busy' ? (
        <>
          <Meter label={words.label} done={state.done} note={words.steps[state.step]} />
          <Row>
            <Button isSmall onPress={stop}>
              {words.stop}
            </Button>
          </Row>
        </>
      ) : null}
      {state.kind === 'failed' ? <Failed error={state.error} title={words.failed} /> : null}
      {state.kind === 'done' ? <Result job={job} outcome={state.outcome} /> : null}
    </Card>
  )
}

function useVerification(id: string) {
  const api = useApi()
  const [state, setState] = useState<State>({ kind: 'idle' })
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  const start = () => {
    const leaving = new AbortController()
    running.current = leaving
    const { signal } = leaving
    const set = (next: State) => {
      if (!signal.aborted) setState(next)
    }
    const see = (step: Step, done?: number) => set({ kind: 'busy', step, done })
    verifyFile(api, id, { signal, see }).then(
      (outcome) => set({ kind: 'done', outcome }),
      (error: unknown) => set({ kind: 'failed', error }),
    )
  }
  const stop = () => {
    running.current?.abort()
    setState({ kind: 'idle' })
  }
  return { state, start, stop }
}

function obstacleFor(claims: ReceiptClaims): string | undefined {
  const words = texts.job.verify
  if (!window.isSecureContext) return words.insecure
  return claims.bytes > VERIFY_BYTES_MAX ? words.tooLarge(bytes(VERIFY_BYTES_MAX)) : undefined
}

interface CommandProps {
  readonly job: Job
  readonly reason: string
  readonly name: string
}

function Command({ job, reason, name }: CommandProps) {
  const command = `muster verify ${name} ${receiptName(job.id)} --jwks ${keysUrl()}`
  return (
    <Notice tone="info" title={reason}>
      <span>{texts.job.verify.command}</span>
      <Code text={command} isWrapped />
      <CopyButton text={command} />
    </Notice>
  )
}

function Result({ job, outcome }: { readonly job: Job; readonly outcome: Outcome }) {
  const words = texts.job.verify
  if ('elsewhere' in outcome) return <Command job={job} reason={words.elsewhere} name={outcome.elsewhere} />
  const { holds, users, checks } = outcome
  return (
    <>
      <Notice tone={holds ? 'good' : 'bad'} title={holds ? words.holds(users) : words.fails}>
        <span>{holds ? words.holdsHint : words.failsHint}</span>
        {holds ? <Save verdict={outcome} /> : null}
      </Notice>
      <Checks checks={checks} />
      {holds ? <p className={styles.soft}>{words.trust}</p> : null}
    </>
  )
}

function Save({ verdict: { file, name } }: { readonly verdict: Verdict }) {
  return (
    <Button isSmall onPress={() => saveBytes(file, name)}>
      {texts.job.verify.save}
    </Button>
  )
}

function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const words = texts.job.verify
  const shown = (value: Check['found']) =>
    value === 'true' ? words.yes : value === 'false' ? words.no : value
  return (
    <table className={styles.checks}>
      <thead>
        <tr>
          <th scope="col">{words.check}</th>
          <th scope="col">{words.result}</th>
          <th scope="col">{words.found}</th>
        </tr>
      </thead>
      <tbody>
        {checks.map(({ name, holds, found, claimed }) => (
          <tr key={name}>
            <th scope="row">{words.checks[name]}</th>
            <td>
              <Tag tone={holds ? 'good' : 'bad'}>{holds ? words.passed : words.broken}</Tag>
            </td>
            <td>
              {shown(found)}
              {holds || claimed === '' ? null : (
                <>
                  <br />
                  {words.claimed}: {shown(claimed)}
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
