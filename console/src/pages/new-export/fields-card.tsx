import type { ExportRequest } from '../../api/client.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/layout.tsx'
import { texts } from '../../texts/texts.ts'
import { useFilteredFields, useFoundFields } from './asks.ts'
import type { CardProps } from './card-props.ts'
import { ColumnsList } from './columns-list.tsx'
import { ColumnsNotices } from './columns-notices.tsx'
import { DefaultColumns } from './default-columns.tsx'
import { type Column, newColumn } from './draft.ts'
import { FieldsPicker } from './fields-picker.tsx'
import styles from './new-export.module.css'
import { Presets } from './presets-dialog.tsx'

/** `defaults`: the server's own fields, as soon as a preview without fields has come. */
export function FieldsCard({
  draft,
  change,
  complaint,
  request,
  defaults,
}: CardProps & {
  readonly request: ExportRequest | undefined
  readonly defaults: readonly string[] | undefined
}) {
  const words = texts.newExport
  const found = useFoundFields(draft.connection)
  const { columns } = draft
  const set = (next: readonly Column[]) => change({ columns: next })
  const add = (names: readonly string[]) => set([...columns, ...names.map((name) => newColumn(name))])
  const remove = (names: ReadonlySet<string>) => set(columns.filter(({ name }) => !names.has(name)))
  const isDefault = columns.length === 0
  const filtered = useFilteredFields(isDefault ? undefined : request)
  const actions = (
    <>
      {isDefault ? null : (
        <Button isSmall onPress={() => set([])}>
          {words.columns.useDefault}
        </Button>
      )}
      <Presets columns={columns} onLoad={set} />
    </>
  )
  return (
    <Card title={words.fields.title}>
      <FieldsPicker found={found} format={draft.format} columns={columns} onAdd={add} onRemove={remove} />
      <div className={styles.columnsHead}>
        <h3>{isDefault ? words.columns.isDefault : words.columns.title(columns.length)}</h3>
        <div className={styles.actions}>{actions}</div>
      </div>
      {isDefault ? (
        <DefaultColumns names={defaults} onEdit={add} />
      ) : (
        <ColumnsList columns={columns} onChange={set} refused={complaint?.column} />
      )}
      <ColumnsNotices draft={draft} change={change} found={filtered} complaint={complaint} />
    </Card>
  )
}
