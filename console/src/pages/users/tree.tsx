import { useState } from 'react'
import type { JsonNode, Member } from '../../format/json-text.ts'
import { Button } from '../../parts/button.tsx'
import { UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import styles from './users.module.css'

const words = texts.userPage
const SHOWN_MAX = 50

/** An object as names and values, an array as a list. */
export function Tree({ node }: { readonly node: JsonNode }) {
  switch (node.kind) {
    case 'text':
      return node.text === '' ? <Soft>{words.emptyText}</Soft> : <UserText text={node.text} />
    case 'bare':
      return <Bare source={node.source} />
    case 'array':
      return <Items items={node.items} />
    case 'object':
      return <Members members={node.members} />
    default:
      return node satisfies never
  }
}

function Soft({ children }: { readonly children: string }) {
  return <span className={styles.soft}>{children}</span>
}

function Bare({ source }: { readonly source: string }) {
  if (source === 'null') return <Soft>{words.isNull}</Soft>
  const isLiteral = source === 'true' || source === 'false'
  if (isLiteral) return source === 'true' ? words.isTrue : words.isFalse
  return <UserText text={source} />
}

function Members({ members }: { readonly members: readonly Member[] }) {
  const [shown, rest] = useShown(members)
  if (members.length === 0) return <Soft>{words.emptyObject}</Soft>
  return (
    <>
      <dl className={styles.tree}>
        {shown.map(({ key, entry: [name, value] }) => (
          <div key={key} className={isLeaf(value) ? styles.leaf : styles.branch}>
            <dt>
              <UserText text={name} max={80} />
            </dt>
            <dd>
              <Tree node={value} />
            </dd>
          </div>
        ))}
      </dl>
      {rest}
    </>
  )
}

function Items({ items }: { readonly items: readonly JsonNode[] }) {
  const [shown, rest] = useShown(items)
  if (items.length === 0) return <Soft>{words.emptyList}</Soft>
  return (
    <>
      <ol className={styles.items} start={0}>
        {shown.map(({ key, entry }) => (
          <li key={key}>
            <Tree node={entry} />
          </li>
        ))}
      </ol>
      {rest}
    </>
  )
}

function isLeaf(node: JsonNode): boolean {
  if (node.kind === 'object') return node.members.length === 0
  if (node.kind === 'array') return node.items.length === 0
  return true
}

// Metadata of 1 MiB may have 100,000 members, and a page of so many elements stands still.
function useShown<T>(all: readonly T[]) {
  const [max, setMax] = useState(SHOWN_MAX)
  const left = all.length - max
  const more = Math.min(left, max * 2)
  const button = (
    <Button isSmall look="quiet" onPress={() => setMax(max + more)}>
      {words.showRest(more)}
    </Button>
  )
  const shown = all.slice(0, max).map((entry, at) => ({ key: `entry ${at}`, entry }))
  return [shown, left > 0 ? button : null] as const
}
