import { texts } from '../../texts/texts.ts'
import { textCell } from './csv-cell.ts'
import type { CsvChoices } from './draft.ts'
import styles from './new-export.module.css'

const NAME = 'Grace'
const FORMULA = '=1+1'
const NUMBER = '-5'

const SIGNS = { '\n': '␊', '\r\n': '␍␊' }
const DELIMITER_SIGNS = { ',': ',', ';': ';', '\t': '⇥' }

/** What the options do to four values and to the line that they make. */
export function CsvExample({ csv }: { readonly csv: CsvChoices }) {
  const words = texts.newExport.file
  const cells = [
    [words.exampleOf.name, NAME, textCell(NAME, csv.guard)],
    [words.exampleOf.formula, FORMULA, textCell(FORMULA, csv.guard)],
    [words.exampleOf.number, NUMBER, NUMBER],
    [words.exampleOf.missing, '', ''],
  ] as const
  const line = cells.map(([, , cell]) => cell).join(DELIMITER_SIGNS[csv.delimiter])
  return (
    <table className={styles.example}>
      <caption>{words.example}</caption>
      <thead>
        <tr>
          <th scope="col">{words.examplePart}</th>
          <th scope="col">{words.exampleCell}</th>
        </tr>
      </thead>
      <tbody>
        {cells.map(([kind, value, cell]) => (
          <tr key={kind}>
            <th scope="row">
              {kind} {value === '' ? null : <code>{value}</code>}
            </th>
            <td>
              {cell === '' ? <span className={styles.soft}>{words.nothing}</span> : <code>{cell}</code>}
            </td>
          </tr>
        ))}
        <tr>
          <th scope="row">{words.line}</th>
          <td>
            <code>
              {csv.bom && !csv.header ? <span className={styles.sign}>{words.mark}</span> : null}
              {line}
              <span className={styles.sign}>{SIGNS[csv.newline]}</span>
            </code>
          </td>
        </tr>
      </tbody>
    </table>
  )
}
