import { lazy, Suspense, useState } from 'react'
import { count } from '../../format/numbers.ts'
import { utcDay } from '../../format/times.ts'
import { Segments } from '../../parts/choice.tsx'
import { Card } from '../../parts/layout.tsx'
import { Failed, Loading, NeedsScope } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import { type Day, useDailyStats } from './daily-stats.ts'
import styles from './overview.module.css'

const Chart = lazy(() => import('./chart.tsx'))
const words = texts.overview.activity

type Range = keyof typeof words.ranges
const RANGES = ['7', '30', '90'] as const satisfies readonly `${Range}`[]

export function ActivityCard() {
  return (
    <Card title={words.title}>
      <NeedsScope scope="read:stats">
        <Activity />
      </NeedsScope>
    </Card>
  )
}

function Activity() {
  const [range, setRange] = useState<(typeof RANGES)[number]>('30')
  const { data, error, refetch } = useDailyStats(Number(range))
  return (
    <>
      <Segments
        label={words.range}
        isLabelHidden
        options={RANGES.map((id) => ({ id, label: words.ranges[id] }))}
        value={range}
        onChange={setRange}
      />
      {error === null ? null : <Failed error={error} onTryAgain={() => void refetch()} />}
      {data === undefined ? error === null && <Loading lines={6} /> : <Shown days={data} />}
    </>
  )
}

function Shown({ days }: { readonly days: readonly Day[] }) {
  const signups = days.reduce((sum, day) => sum + day.signups, 0)
  const logins = days.reduce((sum, day) => sum + day.logins, 0)
  return (
    <>
      {signups + logins === 0 ? (
        <p>{words.none}</p>
      ) : (
        <figure className={styles.figure}>
          <ul className={styles.legend} aria-hidden="true">
            <li className={styles.isSignups}>{words.signups}</li>
            <li className={styles.isLogins}>{words.logins}</li>
          </ul>
          <Suspense fallback={<Loading lines={5} />}>
            <Chart days={days} />
          </Suspense>
          <figcaption>{words.summary(signups, logins, days.length)}</figcaption>
        </figure>
      )}
      <p className={styles.soft}>{words.hint}</p>
      {signups + logins === 0 ? null : <AsTable days={days} />}
    </>
  )
}

function AsTable({ days }: { readonly days: readonly Day[] }) {
  return (
    <details className={styles.details}>
      <summary>{words.asTable}</summary>
      {/* A box that scrolls must be reachable by keyboard. */}
      <section className={styles.scroll} aria-label={words.tableName} tabIndex={0}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{words.day}</th>
              <th scope="col">{words.signups}</th>
              <th scope="col">{words.logins}</th>
            </tr>
          </thead>
          <tbody>
            {days.toReversed().map(({ date, signups, logins }) => (
              <tr key={date}>
                <th scope="row">{utcDay(date)}</th>
                <td>{count(signups)}</td>
                <td>{count(logins)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}
