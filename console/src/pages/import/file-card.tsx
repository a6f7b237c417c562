import { DropZone, FileTrigger } from 'react-aria-components'
import { bytes } from '../../format/numbers.ts'
import { Button } from '../../parts/button.tsx'
import { Card, Facts } from '../../parts/layout.tsx'
import { Loading, Notice } from '../../parts/states.tsx'
import { UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import styles from './import.module.css'
import type { Look } from './look-at-file.ts'

const words = texts.importPage.file
const ENDINGS = ['.ndjson', '.jsonl', '.json', '.csv', '.tsv', '.txt', '.gz']
const CELL_MAX = 60
const COLUMNS_MAX = 60

interface FileCardProps {
  readonly file: File | undefined
  readonly look: Look | undefined
  readonly isDisabled: boolean
  onFile(file: File): void
}

export function FileCard({ file, look, isDisabled, onFile }: FileCardProps) {
  return (
    <Card title={words.title}>
      <DropZone
        className={`${styles.drop} ${file === undefined ? '' : styles.dropSmall}`}
        isDisabled={isDisabled}
        aria-label={words.drop}
        onDrop={({ items }) => {
          const dropped = items.find((item) => item.kind === 'file')
          void dropped?.getFile().then(onFile)
        }}
      >
        {file === undefined ? (
          <>
            <strong>{words.drop}</strong>
            <span className={styles.soft}>{words.kinds}</span>
          </>
        ) : (
          <UserText text={file.name} max={120} />
        )}
        <FileTrigger acceptedFileTypes={ENDINGS} onSelect={(list) => list?.[0] && onFile(list[0])}>
          <Button isDisabled={isDisabled} look={file === undefined ? 'primary' : 'plain'}>
            {file === undefined ? words.choose : words.another}
          </Button>
        </FileTrigger>
      </DropZone>
      {file === undefined ? null : look === undefined ? (
        <Loading lines={4} />
      ) : (
        <Seen file={file} look={look} />
      )}
    </Card>
  )
}

function Seen({ file, look }: { readonly file: File; readonly look: Look }) {
  const { trouble, columns, rows, csv } = look
  return (
    <>
      {trouble === undefined ? null : (
        <Notice tone="warn" title={words.troubleTitle}>
          <span>{words.troubles[trouble]}</span>
        </Notice>
      )}
      <Facts facts={factsOf(file, look)} />
      {csv?.hasHeader === false ? (
        <Notice tone="warn">
          <span>{words.noHeader}</span>
        </Notice>
      ) : null}
      {rows.length === 0 ? null : (
        <div className={styles.firstRows}>
          <p className={styles.soft}>{words.rowsHint(rows.length)}</p>
          <FirstRows columns={columns} rows={rows} />
        </div>
      )}
      <p className={styles.soft}>{words.lookOnly}</p>
    </>
  )
}

function factsOf(file: File, look: Look): readonly (readonly [string, React.ReactNode])[] {
  const { isPacked, format, csv, hasMark, columns } = look
  const facts: (readonly [string, React.ReactNode])[] = [
    [words.size, isPacked ? words.packed(file.size) : bytes(file.size)],
  ]
  if (format !== undefined) facts.push([words.format, words.formats[format]])
  if (csv !== undefined) {
    facts.push([words.delimiter, words.delimiters[csv.delimiter]])
    facts.push([words.guard, csv.guard === undefined ? words.guardUnknown : words.guards[csv.guard]])
  }
  if (hasMark) facts.push([words.mark, words.hasMark])
  if (columns.length > 0)
    facts.push([
      csv === undefined ? words.attributes : words.columns,
      <Columns key="columns" columns={columns} />,
    ])
  return facts
}

function Columns({ columns }: { readonly columns: readonly string[] }) {
  return (
    <ul className={styles.columns}>
      {numbered(columns.slice(0, COLUMNS_MAX)).map(({ key, value }) => (
        <li key={key}>
          <code>
            <UserText text={value} max={CELL_MAX} hasButton={false} />
          </code>
        </li>
      ))}
      {columns.length > COLUMNS_MAX ? <li>+{columns.length - COLUMNS_MAX}</li> : null}
    </ul>
  )
}

function FirstRows({
  columns,
  rows,
}: {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}) {
  return (
    // A box that scrolls must be reachable by keyboard.
    <section className={`${styles.scroll} sideways`} aria-label={words.rows} tabIndex={0}>
      <table className={styles.rows}>
        {columns.length === 0 ? null : (
          <thead>
            <tr>
              {numbered(columns.slice(0, COLUMNS_MAX)).map(({ key, value }) => (
                <th key={key} scope="col">
                  <UserText text={value} max={CELL_MAX} hasButton={false} />
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {numbered(rows).map(({ key, value: row }) => (
            <tr key={key}>
              {numbered(row.slice(0, COLUMNS_MAX)).map(({ key: cell, value }) => (
                <td key={cell}>
                  <UserText text={value} max={CELL_MAX} hasButton={false} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function numbered<T>(values: readonly T[]) {
  return values.map((value, at) => ({ key: `at ${at}`, value }))
}
