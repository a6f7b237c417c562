import { Button } from '../../parts/button.tsx'
import { Row } from '../../parts/layout.tsx'
import { Notice } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import type { FoundFields } from './asks.ts'
import type { CardProps } from './card-props.ts'
import { emptyNames, headingsTwice } from './columns.ts'
import { CSV_FIELDS_MAX, type Draft } from './draft.ts'
import { joinQuery } from './query-parts.ts'

// More lines than this say nothing more.
const NOTES_MAX = 5

/** What is odd about the chosen columns, and what to do. */
export function ColumnsNotices({
  draft,
  change,
  found,
  complaint,
}: Omit<CardProps, 'problem'> & {
  /** Of the users that the filter finds. */
  readonly found: FoundFields | undefined
}) {
  const words = texts.newExport.columns
  const { columns, format } = draft
  const isTooMany = format === 'csv' && columns.length > CSV_FIELDS_MAX
  // If the server did not list all fields, an unlisted one may well have values.
  const isComplete = found !== undefined && found.sampled > 0 && !found.fields_left_out
  const empty = isComplete ? emptyNames(columns, found.fields) : []
  const twice = headingsTwice(columns)
  return (
    <>
      {isTooMany ? (
        <Notice tone="bad" title={words.tooMany(columns.length, CSV_FIELDS_MAX)}>
          <span>{words.tooManyHint}</span>
          <Row>
            <Button isSmall onPress={() => change({ format: 'json' })}>
              {words.toJson}
            </Button>
            <Button
              isSmall
              onPress={() => change({ discovers: true, columns: columns.filter(isOutsideMetadata) })}
            >
              {words.toDiscover}
            </Button>
          </Row>
        </Notice>
      ) : complaint?.place === 'fields' ? (
        <Notice tone="bad">
          <span>{complaint.message}</span>
        </Notice>
      ) : null}
      {empty.length === 0 ? null : (
        <Notice tone="warn" title={words.emptyTitle}>
          {empty.slice(0, NOTES_MAX).map((name) => (
            <span key={name}>
              {words.empty(name, wordsOf(draft), found?.is_sample ? found.sampled : undefined)}
            </span>
          ))}
        </Notice>
      )}
      {twice.length === 0 ? null : (
        <Notice tone="warn">
          {twice.slice(0, NOTES_MAX).map((heading) => (
            <span key={heading}>{words.twice(heading)}</span>
          ))}
        </Notice>
      )}
    </>
  )
}

/** Whose fields the server was asked for. */
function wordsOf({ connection, query, conditions }: Draft): string {
  const { ofFilter, ofConnection, ofAll } = texts.newExport.columns.looked
  if (joinQuery(query, conditions)?.q !== undefined) return ofFilter
  return connection === '' ? ofAll : ofConnection
}

function isOutsideMetadata({ name }: { readonly name: string }): boolean {
  return !/^(?:app|user)_metadata\b/.test(name)
}
