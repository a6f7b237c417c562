import type { KeyboardEvent } from 'react'
import { Button, GridList, GridListItem, Input, useDragAndDrop } from 'react-aria-components'
import { flushSync } from 'react-dom'
import { UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import { movedTo, swapped } from './columns.ts'
import { type Column, FIELD_NAME_LENGTH_MAX } from './draft.ts'
import styles from './new-export.module.css'

/** The chosen columns. `refused`: the server does not accept the column at this place. */
export function ColumnsList({
  columns,
  onChange,
  refused,
}: {
  readonly columns: readonly Column[]
  readonly refused: number | undefined
  onChange(columns: readonly Column[]): void
}) {
  const words = texts.newExport.columns
  const { dragAndDropHooks } = useDragAndDrop<Column>({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder: ({ keys, target }) => onChange(movedTo(columns, keys, target)),
  })
  const move = (event: KeyboardEvent, index: number) => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    event.stopPropagation()
    // A browser takes the focus from an element that moves in the document.
    const focused = document.activeElement
    flushSync(() => onChange(swapped(columns, index, event.key === 'ArrowUp' ? -1 : 1)))
    if (focused instanceof HTMLElement) focused.focus()
  }
  return (
    <>
      <p className={styles.soft}>{words.hint}</p>
      <GridList
        aria-label={words.list}
        className={styles.columns ?? ''}
        items={columns.map((column, index) => ({ ...column, index, isRefused: index === refused }))}
        dragAndDropHooks={dragAndDropHooks}
        keyboardNavigationBehavior="tab"
        disallowTypeAhead
      >
        {(column) => (
          <GridListItem id={column.id} textValue={column.name} className={styles.column ?? ''}>
            <div className={styles.columnRow} onKeyDownCapture={(event) => move(event, column.index)}>
              <Button slot="drag" className={styles.grip ?? ''} aria-label={words.drag(column.name)}>
                <span aria-hidden="true">⠿</span>
              </Button>
              <span className={column.isRefused ? styles.refusedName : styles.columnName}>
                <UserText text={column.name} />
              </span>
              <Input
                className={styles.heading ?? ''}
                aria-label={words.heading(column.name)}
                placeholder={words.headingPlaceholder}
                maxLength={FIELD_NAME_LENGTH_MAX}
                spellCheck={false}
                value={column.as}
                onChange={({ target }) => onChange(renamed(columns, column.id, target.value))}
                onBlur={() => onChange(renamed(columns, column.id, column.as.trim()))}
              />
              <Button
                className={styles.remove ?? ''}
                aria-label={words.remove(column.name)}
                onPress={() => onChange(columns.filter(({ id }) => id !== column.id))}
              >
                <span aria-hidden="true">✕</span>
              </Button>
            </div>
          </GridListItem>
        )}
      </GridList>
    </>
  )
}

function renamed(columns: readonly Column[], id: string, as: string): readonly Column[] {
  return columns.map((column) => (column.id === id ? { ...column, as } : column))
}
