import { type ListedConnection, sourceOf, useConnections } from '../../api/connections.ts'
import { useMay } from '../../api/session.tsx'
import { count } from '../../format/numbers.ts'
import { Card } from '../../parts/layout.tsx'
import { SourceNotices } from '../../parts/source-notices.tsx'
import { Failed, Loading, NeedsScope, Tag } from '../../parts/states.tsx'
import { UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import { useCounts, useTotal } from './count-users.ts'
import styles from './overview.module.css'

const words = texts.overview.users
// Each connection is a question to the database.
const SHOWN_MAX = 20

export function UsersCard() {
  return (
    <Card title={words.title}>
      <NeedsScope scope="read:users">
        <Total />
      </NeedsScope>
    </Card>
  )
}

function Total() {
  const { data, error, refetch } = useTotal()
  if (data === undefined && error === null) return <Loading lines={5} />
  return (
    <>
      {error === null ? null : <Failed error={error} onTryAgain={() => void refetch()} />}
      {data === undefined ? null : (
        <p className={styles.big}>
          {data.is_estimate ? words.estimate(data.users) : words.total(data.users)}
        </p>
      )}
      <ByConnection />
    </>
  )
}

function ByConnection() {
  const may = useMay('read:connections')
  const { data, error, refetch } = useConnections()
  if (!may) return <p className={styles.soft}>{words.connectionsScope}</p>
  if (error !== null) return <Failed error={error} onTryAgain={() => void refetch()} />
  if (data === undefined) return <Loading lines={3} />
  const left = data.length - SHOWN_MAX
  return (
    <>
      <SourceNotices connections={data} />
      <Bars connections={data.slice(0, SHOWN_MAX)} />
      {left > 0 ? <p className={styles.soft}>{words.more(left)}</p> : null}
    </>
  )
}

function Bars({ connections }: { readonly connections: readonly ListedConnection[] }) {
  const counts = useCounts(connections.map(({ id }) => id))
  const most = Math.max(1, ...counts.map(({ data }) => data?.users ?? 0))
  return (
    <ul className={styles.bars} aria-label={words.byConnection}>
      {connections.map(({ id, name, options }, at) => {
        const source = sourceOf({ options })
        const { data, error } = counts[at] ?? {}
        return (
          <li key={id}>
            <span className={styles.barName}>
              <UserText text={name} max={80} hasButton={false} />
              {source === undefined ? null : (
                <Tag tone={source.state === 'reachable' ? 'info' : 'bad'}>
                  {texts.source.states[source.state]}
                </Tag>
              )}
            </span>
            <span className={styles.barCount}>
              {data === undefined ? (error ? words.failed : words.counting) : count(data.users)}
            </span>
            <span className={styles.bar} aria-hidden="true">
              <span style={{ width: barWidth(data?.users ?? 0, most) }} />
            </span>
          </li>
        )
      })}
    </ul>
  )
}

// One user among a million is still a bar that is seen.
function barWidth(users: number, most: number): string {
  return users === 0 ? '0' : `max(2px, ${(users / most) * 100}%)`
}
