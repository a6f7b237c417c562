/**
 * The format that the first character shows. Blanks and a byte order mark may come before that character. Undefined for
 * CSV, which may begin with any character, and for an empty head.
 */
export function shownFormat(head: Buffer): 'json' | 'ndjson' | undefined {
  const [first] = /[^\s\ufeff]/.exec(head.toString('utf8')) ?? []
  return first === '[' ? 'json' : first === '{' ? 'ndjson' : undefined
}
