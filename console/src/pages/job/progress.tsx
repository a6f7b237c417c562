import { lazy, Suspense } from 'react'
import type { Job } from '../../api/client.ts'
import type { JobProgress } from '../../api/events.ts'
import { bytes } from '../../format/numbers.ts'
import { duration } from '../../format/times.ts'
import { stateOf } from '../../jobs/job-state.ts'
import type { useFollowedJob } from '../../jobs/use-followed.ts'
import { Card } from '../../parts/layout.tsx'
import { Meter, Notice } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import styles from './job.module.css'

const Chart = lazy(() => import('./chart.tsx'))

interface ProgressProps {
  readonly job: Job
  readonly followed: ReturnType<typeof useFollowedJob>
}

// A rate needs two samples, and a chart some rates.
const CHART_SAMPLES_MIN = 3

export function Progress({ job, followed: { progress, samples } }: ProgressProps) {
  const words = texts.job.progress
  const percent = progress?.percentage_done ?? job.percentage_done
  const isWaiting =
    (progress === undefined ? stateOf(job) === 'pending' : progress.status === 'pending') && !percent
  const reason = progress === undefined ? job.status_details : progress.status_details
  return (
    <Card title={words.title}>
      <Meter
        label={words.label}
        done={isWaiting || percent === undefined ? undefined : percent / 100}
        note={isWaiting ? words.waiting : <Amount job={job} progress={progress} />}
      />
      <Spoken percent={percent} />
      {reason === undefined ? null : (
        <Notice tone="warn" title={words.again}>
          <span>{reason}</span>
        </Notice>
      )}
      <Figures job={job} progress={progress} />
      {samples.length < CHART_SAMPLES_MIN ? null : (
        <Suspense fallback={<div className={styles.plot} />}>
          <Chart samples={samples} />
        </Suspense>
      )}
    </Card>
  )
}

interface AmountProps {
  readonly job: Job
  readonly progress: JobProgress | undefined
}

function Amount({ job, progress }: AmountProps) {
  const words = texts.job.progress
  const total = progress?.total ?? job.summary?.total
  if (progress === undefined) return words.percent(job.percentage_done ?? 0)
  if (job.type === 'users_import') return words.users(progress.users)
  return total === undefined ? words.counting : words.of(progress.users, total)
}

function Figures({ job, progress }: AmountProps) {
  const words = texts.job.progress
  const { users_per_second: rate, bytes: size } = progress ?? {}
  const left = progress === undefined ? job.time_left_seconds : progress.time_left_seconds
  const isImport = job.type === 'users_import'
  const figures: readonly (readonly [string, string])[] = [
    [words.rate, rate === undefined ? words.unknown : words.rateOf(rate)],
    [words.left, left === undefined ? words.unknown : duration(left)],
    [isImport ? words.size.import : words.size.export, size === undefined ? words.unknown : bytes(size)],
  ]
  return (
    <dl className={styles.figures}>
      {figures.map(([name, value]) => (
        <div key={name} className={styles.figure}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

// Each new percent would make a screen reader talk without an end.
const SPOKEN_STEP = 25

function Spoken({ percent }: { readonly percent: number | undefined }) {
  const step = percent === undefined ? 0 : Math.floor(percent / SPOKEN_STEP) * SPOKEN_STEP
  return (
    <span className="visually-hidden" role="status">
      {step === 0 ? '' : texts.job.progress.spoken(step)}
    </span>
  )
}
