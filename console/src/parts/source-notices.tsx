import { type ListedConnection, sourceOf } from '../api/connections.ts'
import { texts } from '../texts/texts.ts'
import { Notice } from './states.tsx'
import { UserText } from './text.tsx'

// More lines than this say nothing more.
const SHOWN_MAX = 5

/** Which sources among these connections cannot be read, why, and what to do. */
export function SourceNotices({ connections }: { readonly connections: readonly ListedConnection[] }) {
  const words = texts.source
  const down = connections.flatMap(({ id, name, options }) => {
    const { state, problem } = sourceOf({ options }) ?? {}
    return state === undefined || state === 'reachable' ? [] : [{ id, name, state, problem }]
  })
  return down.slice(0, SHOWN_MAX).map(({ id, name, state, problem }) => (
    <Notice key={id} tone="warn" title={words[state](name)}>
      {problem === undefined ? null : <UserText text={problem} />}
      <span>{words.effect}</span>
      <span>{words.advice[state]}</span>
    </Notice>
  ))
}

/** The name of a connection in a list, with the state of its source. */
export function connectionLabel({ name, options }: ListedConnection): string {
  const source = sourceOf({ options })
  return source === undefined ? name : texts.source.named[source.state](name)
}
