import type { Column } from './draft.ts'
import type { FoundField } from './found-fields.ts'

/** The columns with these keys before or after another one, in their own order. */
export function movedTo(
  columns: readonly Column[],
  keys: ReadonlySet<unknown>,
  target: { readonly key: unknown; readonly dropPosition: string },
): readonly Column[] {
  const moved = columns.filter(({ id }) => keys.has(id))
  const rest = columns.filter(({ id }) => !keys.has(id))
  const at = rest.findIndex(({ id }) => id === target.key)
  if (at === -1) return columns
  const split = target.dropPosition === 'before' ? at : at + 1
  return [...rest.slice(0, split), ...moved, ...rest.slice(split)]
}

/** One place up (-1) or down (1); the same if there is no such place. */
export function swapped(columns: readonly Column[], index: number, by: -1 | 1): readonly Column[] {
  const [one, other] = [columns[index], columns[index + by]]
  if (one === undefined || other === undefined) return columns
  return columns.with(index, other).with(index + by, one)
}

/** Headings that more than one column has. */
export function headingsTwice(columns: readonly Column[]): readonly string[] {
  const headings = columns.map(({ name, as }) => (as === '' ? name : as))
  return [...new Set(headings.filter((heading, index) => headings.indexOf(heading) !== index))]
}

/** Columns of which no user that was looked at has anything. */
export function emptyNames(columns: readonly Column[], fields: readonly FoundField[]): readonly string[] {
  const used = fields.filter(({ users }) => users > 0).map(({ name }) => name)
  const isUsed = (name: string) =>
    used.some((other) => other === name || other.startsWith(`${name}.`) || other.startsWith(`${name}[`))
  return [...new Set(columns.map(({ name }) => name))].filter((name) => !isUsed(name))
}
