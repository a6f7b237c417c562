import { type ReactNode, useEffect, useId } from 'react'
import { texts } from '../texts/texts.ts'
import styles from './parts.module.css'

/** A page: its heading, which is also the title of the window, and what can be done here. */
export function Page({
  title,
  lead,
  actions,
  children,
}: {
  readonly title: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · ${texts.app.name}`
  }, [title])
  return (
    <div className={styles.page}>
      <header className={styles.pageHead}>
        <div>
          <h1>{title}</h1>
          {lead === undefined ? null : <p>{lead}</p>}
        </div>
        {actions === undefined ? null : <div className={styles.row}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}

export function Card({
  title,
  isTitleHidden = false,
  actions,
  children,
}: {
  readonly title: string
  /** The title is then only read aloud. */
  readonly isTitleHidden?: boolean
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  const id = useId()
  return (
    <section className={styles.card} aria-labelledby={id}>
      <div className={isTitleHidden ? 'visually-hidden' : styles.cardHead}>
        <h2 id={id}>{title}</h2>
        {actions === undefined ? null : <div className={styles.row}>{actions}</div>}
      </div>
      {children}
    </section>
  )
}

export function Row({
  children,
  isAtEnd = false,
}: {
  readonly children: ReactNode
  readonly isAtEnd?: boolean
}) {
  return <div className={`${styles.row} ${isAtEnd ? styles.end : ''}`}>{children}</div>
}

/** Names and values. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.flatMap(([name, value]) => [<dt key={`${name}:`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  )
}
