import type { Key } from './relation.ts'

/** Of a column whose type a deployment chose: PostgreSQL's name of it. */
export function keyTypeOf(type: string | undefined): Key['type'] {
  if (type === 'uuid') return 'uuid'
  return type === 'bigint' || type === 'integer' ? 'bigint' : 'text'
}
