import { UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import type { Cell } from './csv-rows.ts'
import styles from './new-export.module.css'

// With metadata columns a file may have 1,600, which no person reads here.
const COLUMNS_MAX = 60
const CELL_LENGTH_MAX = 200

/** The cells of the CSV text, as a program reads them. Without a header the server's names of the columns stand above. */
export function PreviewTable({
  rows,
  hasHeader,
  columns,
}: {
  readonly rows: readonly (readonly Cell[])[]
  readonly hasHeader: boolean
  readonly columns: readonly string[]
}) {
  const words = texts.newExport.preview
  const headings = hasHeader ? (rows[0] ?? []).map(({ text }) => text) : columns
  const left = headings.length - COLUMNS_MAX
  const users = hasHeader ? rows.slice(1) : rows
  return (
    <>
      <section className={`${styles.tableBox} sideways`} aria-label={words.caption} tabIndex={0}>
        <table className={styles.table}>
          <thead>
            <tr>
              {numbered(headings.slice(0, COLUMNS_MAX)).map(({ value, at }) => (
                <th key={at} scope="col">
                  <UserText text={value} max={CELL_LENGTH_MAX} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {numbered(users).map(({ value: row, at: line }) => (
              <tr key={line}>
                {numbered(row.slice(0, COLUMNS_MAX)).map(({ value, at }) => (
                  <td key={at}>
                    <UserText text={value.text} max={CELL_LENGTH_MAX} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {left > 0 ? <p className={styles.soft}>{words.moreColumns(left)}</p> : null}
    </>
  )
}

// A row and a column of a preview are known by their places alone.
function numbered<T>(list: readonly T[]): readonly { readonly value: T; readonly at: number }[] {
  return list.map((value, at) => ({ value, at }))
}
