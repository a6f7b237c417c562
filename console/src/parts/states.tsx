import type { ReactNode } from 'react'
import { Problem } from '../api/problem.ts'
import { useMay } from '../api/session.tsx'
import { texts } from '../texts/texts.ts'
import { Button } from './button.tsx'
import styles from './parts.module.css'

type Tone = 'bad' | 'warn' | 'info' | 'good'

/** `bad` is read aloud at once, the others when a screen reader has time. */
export function Notice({
  tone,
  title,
  children,
}: {
  readonly tone: Tone
  readonly title?: string
  readonly children?: ReactNode
}) {
  return (
    <div className={`${styles.notice} ${styles[tone]}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {title === undefined ? null : <strong>{title}</strong>}
      {children}
    </div>
  )
}

/** The server's own words, its code, and a way to try again. */
export function Failed({
  error,
  title = texts.state.failed,
  onTryAgain,
}: {
  readonly error: unknown
  readonly title?: string
  onTryAgain?(): void
}) {
  const code = error instanceof Problem ? error.code : undefined
  return (
    <Notice tone="bad" title={title}>
      <span>{error instanceof Error ? error.message : String(error)}</span>
      {code === undefined ? null : <span className={styles.hint}>{texts.state.code(code)}</span>}
      {onTryAgain === undefined ? null : (
        <Button isSmall onPress={onTryAgain}>
          {texts.state.tryAgain}
        </Button>
      )}
    </Notice>
  )
}

export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div className="skeleton" role="status" aria-busy="true">
      <span className="visually-hidden">{texts.state.loading}</span>
      {Array.from({ length: lines }, (_, line) => `line ${line}`).map((key) => (
        <div key={key} className="bone" aria-hidden="true" />
      ))}
    </div>
  )
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** Shows its children to a client with the scope, and says what is missing to others. */
export function NeedsScope({ scope, children }: { readonly scope: string; readonly children: ReactNode }) {
  if (useMay(scope)) return children
  return (
    <Notice tone="info" title={texts.state.needsScope(scope)}>
      <span>{texts.state.needsScopeHint}</span>
    </Notice>
  )
}

const TAGS = {
  plain: '',
  good: styles.tagGood,
  bad: styles.tagBad,
  info: styles.tagInfo,
  warn: styles.tagWarn,
}

export function Tag({
  tone = 'plain',
  children,
}: {
  readonly tone?: keyof typeof TAGS
  readonly children: ReactNode
}) {
  return <span className={`${styles.tag} ${TAGS[tone]}`}>{children}</span>
}

/** `done` is from 0 to 1; undefined while nobody knows. */
export function Meter({
  label,
  done,
  note,
}: {
  readonly label: string
  readonly done: number | undefined
  readonly note?: ReactNode
}) {
  const percent = Math.round(Math.min(Math.max(done ?? 0, 0), 1) * 100)
  return (
    <div className={styles.meter}>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(done === undefined ? {} : { 'aria-valuenow': percent })}
      >
        <div className={styles.fill} style={{ width: `${percent}%` }} />
      </div>
      {note === undefined ? null : <span className={styles.hint}>{note}</span>}
    </div>
  )
}
