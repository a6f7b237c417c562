import { SORT_ATTRIBUTES, type SortAttribute } from '../domain/export-request.ts'
import type { Relation } from './relation.ts'

export interface SourceWish {
  readonly sort?: { readonly attribute: SortAttribute }
  readonly since?: unknown
}

export interface SourceProblem {
  readonly property: 'sort' | 'since'
  readonly problem: string
}

/** What the users of a source cannot be asked for. */
export function sourceProblem(
  name: string,
  relation: Relation,
  { sort, since }: SourceWish,
): SourceProblem | undefined {
  if (since !== undefined && relation.changes === undefined) {
    const problem = `The source ${name} has no column that shows when a user was changed: export all of its users`
    return { property: 'since', problem }
  }
  const has = (attribute: SortAttribute): boolean =>
    relation.column({ root: attribute, steps: [] }).kind !== 'never'
  if (sort === undefined || has(sort.attribute)) return undefined
  const able = SORT_ATTRIBUTES.filter(has).join(', ')
  return {
    property: 'sort',
    problem: `The users of the source ${name} have no ${sort.attribute}; they can be sorted by ${able}`,
  }
}
