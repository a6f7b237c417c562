import type { ReactNode } from 'react'
import { count } from '../../format/numbers.ts'
import { ago, moment } from '../../format/times.ts'
import { Tag } from '../../parts/states.tsx'
import { UserText } from '../../parts/text.tsx'
import { hrefOf, userPath } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import { Avatar } from './avatar.tsx'
import type { ListedUser } from './find-users.ts'
import styles from './users.module.css'

const words = texts.usersPage
const NAME_MAX = 80

export function UserTable({
  users,
  caption,
}: {
  readonly users: readonly ListedUser[]
  readonly caption: ReactNode
}) {
  const { columns } = words
  return (
    <table className={styles.table}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.user}</th>
          <th scope="col">{columns.connection}</th>
          <th scope="col">{columns.lastLogin}</th>
          <th scope="col" className={styles.number}>
            {columns.logins}
          </th>
          <th scope="col">{columns.created}</th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <UserRow key={user.user_id} user={user} />
        ))}
      </tbody>
    </table>
  )
}

function UserRow({ user }: { readonly user: ListedUser }) {
  const { columns } = words
  const name = textOf(user.name) ?? textOf(user.username) ?? textOf(user.email)
  const address = textOf(user.email) ?? textOf(user.phone_number) ?? user.user_id
  return (
    <tr>
      <th scope="row">
        <span className={styles.who}>
          <Avatar name={name ?? address} />
          <span className={styles.lines}>
            <span className={styles.name}>
              <a href={hrefOf(userPath(user.user_id))}>
                {name === undefined ? (
                  words.nameless
                ) : (
                  <UserText text={name} max={NAME_MAX} hasButton={false} />
                )}
              </a>
              {user.blocked === true ? <Tag tone="bad">{words.blocked}</Tag> : null}
            </span>
            <span className={styles.address}>
              <UserText text={address} max={NAME_MAX} hasButton={false} />
            </span>
          </span>
        </span>
      </th>
      <td data-label={columns.connection}>
        <UserText text={textOf(user.identities?.[0]?.connection) ?? ''} max={NAME_MAX} />
      </td>
      <td data-label={columns.lastLogin}>
        <Time iso={user.last_login} />
      </td>
      <td data-label={columns.logins} className={styles.number}>
        {count(typeof user.logins_count === 'number' ? user.logins_count : 0)}
      </td>
      <td data-label={columns.created}>
        <Time iso={user.created_at} />
      </td>
    </tr>
  )
}

function Time({ iso }: { readonly iso: string | undefined }) {
  if (iso === undefined) return <span className={styles.soft}>{words.never}</span>
  return (
    <time dateTime={iso} title={moment(iso)}>
      {ago(iso)}
    </time>
  )
}

// A root attribute of a user who came from another product may be of any type.
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}
