import type { ReactNode } from 'react'
import type { JsonNode, Member } from '../../format/json-text.ts'
import { ago, moment } from '../../format/times.ts'
import { Card, Facts } from '../../parts/layout.tsx'
import { UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import { Tree } from './tree.tsx'
import styles from './users.module.css'

const words = texts.userPage
const OWN_CARDS: readonly string[] = ['identities', 'user_metadata', 'app_metadata', 'multifactor']
const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

export function Profile({ user }: { readonly user: JsonNode }) {
  const members = user.kind === 'object' ? user.members : []
  const at = (name: string) => members.find(([member]) => member === name)?.[1]
  const rest = members.filter(([name]) => !OWN_CARDS.includes(name))
  const known = rest.filter(([name, value]) => Object.hasOwn(words.names, name) && isScalar(value))
  const more = rest.filter((member) => !known.includes(member))
  return (
    <div className={styles.cards}>
      <Card title={words.attributes}>
        <Facts
          facts={known.map(([name, value]) => [
            words.names[name] ?? name,
            <Attribute key={name} of={[name, value]} />,
          ])}
        />
      </Card>
      <Part title={words.identities} hint={words.identitiesHint} node={at('identities')} />
      <Part title={words.userMetadata} hint={words.userMetadataHint} node={at('user_metadata')} />
      <Part title={words.appMetadata} hint={words.appMetadataHint} node={at('app_metadata')} />
      <Part title={words.multifactor} node={at('multifactor')} none={words.noMultifactor} />
      {more.length === 0 ? null : <Part title={words.more} node={{ kind: 'object', members: more }} />}
    </div>
  )
}

function Part({
  title,
  hint,
  node,
  none = words.nothing,
}: {
  readonly title: string
  readonly hint?: ReactNode
  readonly node: JsonNode | undefined
  readonly none?: string
}) {
  return (
    <Card title={title}>
      {hint === undefined ? null : <p className={styles.soft}>{hint}</p>}
      {node === undefined || isEmpty(node) ? <p className={styles.soft}>{none}</p> : <Tree node={node} />}
    </Card>
  )
}

function Attribute({ of: [name, value] }: { readonly of: Member }) {
  if (value.kind === 'text' && MOMENT.test(value.text)) {
    return (
      <time dateTime={value.text}>
        {moment(value.text)} <span className={styles.soft}>({ago(value.text)})</span>
      </time>
    )
  }
  if (name === 'picture' && value.kind === 'text') {
    return (
      <>
        <UserText text={value.text} /> <span className={styles.soft}>({words.pictureHint})</span>
      </>
    )
  }
  return <Tree node={value} />
}

function isScalar(node: JsonNode): boolean {
  return node.kind === 'text' || node.kind === 'bare'
}

function isEmpty(node: JsonNode): boolean {
  return (
    (node.kind === 'object' && node.members.length === 0) ||
    (node.kind === 'array' && node.items.length === 0)
  )
}
