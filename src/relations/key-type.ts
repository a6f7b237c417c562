import type { Key } from './relation.ts'

/** By PostgreSQL's name of the column's type. Columns of other types are no keys. */
const KEY_TYPES: Readonly<Record<string, Key['type']>> = {
  ...{ bigint: 'bigint', integer: 'bigint', smallint: 'bigint' },
  uuid: 'uuid',
  ...{ text: 'text', 'character varying': 'text', character: 'text' },
}

/** `type` is PostgreSQL's name of it. Undefined if a column of this type cannot be a key. */
export function keyTypeOf(type = ''): Key['type'] | undefined {
  return Object.hasOwn(KEY_TYPES, type) ? KEY_TYPES[type] : undefined
}
