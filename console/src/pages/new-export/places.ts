import { refusedQuery } from '../../api/refused-query.ts'

/** Where on the page the server's complaint belongs. */
export interface Complaint {
  readonly place: 'query' | 'fields' | 'limit' | 'sort' | 'since' | 'elsewhere'
  /** The column it is about, counted from 0. */
  readonly column?: number
  /** In the typed query, counted in characters from 0. */
  readonly position?: number
  readonly message: string
}

// The form of Auth0's validation errors: 'problem' on property name (what the property is).
const SENTENCE = /^Payload validation error: '(.*)' on property ([\w.[\]]+)(?: \(.*\))?\.?$/s
const COLUMN = /^fields\[(\d+)\]/

/** `shift`: so many characters stand before the typed text in the query that was sent. */
export function complaintOf(message: string, shift: number): Complaint {
  const [, problem = message, property = ''] = SENTENCE.exec(message) ?? []
  if (property === 'q') {
    const { position, message: words } = refusedQuery(problem)
    if (position === undefined) return { place: 'query', message: words }
    return { place: 'query', position: Math.max(0, position - shift), message: words }
  }
  const column = COLUMN.exec(property)?.[1]
  if (column !== undefined) return { place: 'fields', column: Number(column), message: problem }
  if (property === 'fields') return { place: 'fields', message: problem }
  if (property === 'limit' || property === 'sort') return { place: property, message: problem }
  // Both are about an export of changes.
  if (property === 'since' || property === 'deletions') return { place: 'since', message: problem }
  return { place: 'elsewhere', message }
}

/** What stands before, at and behind a position that counts whole characters. */
export function around(text: string, position: number): readonly [before: string, at: string, after: string] {
  const characters = [...text]
  return [
    characters.slice(0, position).join(''),
    characters[position] ?? '',
    characters.slice(position + 1).join(''),
  ]
}
