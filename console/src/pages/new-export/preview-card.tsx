import { useState } from 'react'
import { Segments } from '../../parts/choice.tsx'
import { Card } from '../../parts/layout.tsx'
import { Failed, Loading, Notice } from '../../parts/states.tsx'
import { Code } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import type { usePreview } from './asks.ts'
import { csvRows } from './csv-rows.ts'
import styles from './new-export.module.css'
import { PreviewTable } from './preview-table.tsx'

type Shown = NonNullable<ReturnType<typeof usePreview>['data']>

export function PreviewCard({
  preview,
  isToMend,
}: {
  readonly preview: ReturnType<typeof usePreview>
  /** The person has to correct something, and its place says what. */
  readonly isToMend: boolean
}) {
  const words = texts.newExport.preview
  const [look, setLook] = useState<'table' | 'text'>('table')
  const { data, error, isFetching, isSettled, refetch } = preview
  const isOld = isFetching || !isSettled || isToMend || error !== null
  const isCsv = data?.request.format !== 'json'
  const actions = isCsv ? (
    <Segments
      label={words.look}
      isLabelHidden
      options={[
        { id: 'table', label: words.table },
        { id: 'text', label: words.text },
      ]}
      value={look}
      onChange={setLook}
    />
  ) : null
  return (
    <Card title={words.title} actions={actions}>
      {isToMend ? (
        <Notice tone="warn">{words.mend}</Notice>
      ) : error === null ? null : (
        <Failed error={error} title={words.failed} onTryAgain={() => void refetch()} />
      )}
      {data === undefined ? (
        error === null && !isToMend ? (
          <Loading lines={6} />
        ) : null
      ) : (
        <div className={isOld ? styles.old : styles.fresh} aria-busy={isOld}>
          <Rows shown={data} look={isCsv ? look : 'text'} />
        </div>
      )}
    </Card>
  )
}

function Rows({ shown, look }: { readonly shown: Shown; readonly look: 'table' | 'text' }) {
  const words = texts.newExport.preview
  const { text, is_cut, request } = shown
  const isCsv = request.format !== 'json'
  const hasHeader = isCsv && request.csv?.header !== false
  const rows = isCsv ? csvRows(text, request.csv?.delimiter ?? ',') : text.split('\n').filter(Boolean)
  const users = rows.length - (hasHeader ? 1 : 0)
  return (
    <div className={styles.rows}>
      <p className={styles.soft}>{users === 0 ? words.none : words.lead(users)}</p>
      {look === 'table' && isCsv ? (
        <PreviewTable
          rows={csvRows(text, request.csv?.delimiter ?? ',')}
          hasHeader={hasHeader}
          columns={shown.columns}
        />
      ) : (
        <div className={styles.file}>
          <Code text={text} />
        </div>
      )}
      {is_cut ? <Notice tone="info">{words.cut}</Notice> : null}
    </div>
  )
}
