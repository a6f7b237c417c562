import { useState } from 'react'
import { sentenceOfQuery } from '../../api/refused-query.ts'
import { moment } from '../../format/times.ts'
import { Button } from '../../parts/button.tsx'
import { Checkbox } from '../../parts/choice.tsx'
import { TextField } from '../../parts/field.tsx'
import { Card } from '../../parts/layout.tsx'
import { Notice } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import { useFoundFields } from './asks.ts'
import type { CardProps } from './card-props.ts'
import { EXAMPLES } from './examples.ts'
import styles from './new-export.module.css'
import { around } from './places.ts'
import { type Conditions, unknownNames, withExample } from './query-parts.ts'

export function FilterCard({ draft, change, complaint, problem }: CardProps) {
  const words = texts.newExport.filter
  const set = (part: Partial<Conditions>) => change({ conditions: { ...draft.conditions, ...part } })
  const wrong = complaint?.place === 'query' ? complaint : undefined
  return (
    <Card title={words.title}>
      <div className={styles.query}>
        <TextField
          label={words.query}
          hint={words.queryHint}
          isCode
          lines={2}
          value={draft.query}
          onChange={(query) => change({ query })}
          error={problem === 'query-open' ? words.open : wrong && sentenceOfQuery(wrong)}
        />
        {wrong?.position === undefined ? null : <Marked text={draft.query} position={wrong.position} />}
        <Unknown draft={draft} />
        <Examples onChoose={(example) => change({ query: withExample(draft.query, example) })} />
      </div>
      <Dates conditions={draft.conditions} onChange={set} />
      <div className={styles.flags}>
        {(['verified', 'notBlocked', 'neverLoggedIn'] as const).map((name) => (
          <Checkbox
            key={name}
            isSelected={draft.conditions[name]}
            onChange={(isSelected) => set({ [name]: isSelected })}
          >
            {words[name]}
          </Checkbox>
        ))}
      </div>
      {draft.since === '' ? null : <Changes draft={draft} change={change} complaint={complaint} />}
    </Card>
  )
}

/** A slip of the pen in the metadata is no error: some user may have such a field tomorrow. */
function Unknown({ draft }: Pick<CardProps, 'draft'>) {
  const words = texts.newExport.filter
  const found = useFoundFields(draft.connection).data
  if (found === undefined || found.sampled === 0 || found.fields_left_out) return null
  const names = unknownNames(draft.query, found.fields)
  if (names.length === 0) return null
  return (
    <Notice tone="warn">
      {names.map((name) => (
        <span key={name}>{words.unknown(name, found.is_sample ? found.sampled : undefined)}</span>
      ))}
    </Notice>
  )
}

/** Users changed after a timestamp: an earlier job or a link chose it. */
function Changes({ draft, change, complaint }: Omit<CardProps, 'problem'>) {
  const words = texts.newExport.filter
  return (
    <Notice tone={complaint?.place === 'since' ? 'bad' : 'info'}>
      <span>{words.since(moment(draft.since))}</span>
      {complaint?.place === 'since' ? <strong>{complaint.message}</strong> : null}
      {draft.format === 'json' ? (
        <Checkbox
          isSelected={draft.ignoresDeletions}
          onChange={(ignoresDeletions) => change({ ignoresDeletions })}
        >
          {words.ignoresDeletions}
        </Checkbox>
      ) : null}
      <Button isSmall onPress={() => change({ since: '', ignoresDeletions: false })}>
        {words.sinceRemove}
      </Button>
    </Notice>
  )
}

/** The query again, with the character at which the server stopped. */
function Marked({ text, position }: { readonly text: string; readonly position: number }) {
  const [before, at, after] = around(text, position)
  const isEnd = at.trim() === ''
  return (
    <pre className={styles.marked} aria-hidden="true">
      {before}
      <mark>{isEnd ? ` ${texts.newExport.filter.atEnd} ` : at}</mark>
      {after}
    </pre>
  )
}

function Examples({ onChoose }: { onChoose(example: string): void }) {
  const words = texts.newExport.filter
  const [isOpen, setOpen] = useState(false)
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{words.examples}</summary>
      <ul className={styles.examples}>
        {EXAMPLES.map(([query, meaning]) => (
          <li key={query}>
            <Button isSmall look="quiet" aria-label={words.example(query)} onPress={() => onChoose(query)}>
              <code>{query}</code>
            </Button>
            <span className={styles.soft}>{meaning}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}

function Dates({
  conditions,
  onChange,
}: {
  readonly conditions: Conditions
  onChange(part: Partial<Conditions>): void
}) {
  const words = texts.newExport.filter
  return (
    <div className={styles.query}>
      <div className={styles.dates}>
        {(['createdFrom', 'createdTo', 'loginFrom', 'loginTo'] as const).map((name) => (
          <TextField
            key={name}
            type={'date' as 'text'}
            label={words[name]}
            value={conditions[name]}
            onChange={(day) => onChange({ [name]: day })}
          />
        ))}
      </div>
      <p className={styles.soft}>{words.datesHint}</p>
    </div>
  )
}
