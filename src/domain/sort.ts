export interface Sort<Name> {
  readonly attribute: Name
  readonly direction: 'ascending' | 'descending'
}

/** Undefined if the text is not like `created_at:-1`, or the attribute is not one of `names`. */
export function parseSort<Name extends string>(text: string, names: readonly Name[]): Sort<Name> | undefined {
  const [, name, direction] = /^([a-z_]+):(1|-1)$/.exec(text) ?? []
  const attribute = names.find((known) => known === name)
  if (attribute === undefined) return undefined
  return { attribute, direction: direction === '1' ? 'ascending' : 'descending' }
}
