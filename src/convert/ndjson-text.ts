import type { Json } from '../domain/json.ts'
import { writeJson } from '../domain/write-json.ts'

// Some readers end a line at one of these (docs/ndjson.md).
const SEPARATOR = /[\u2028\u2029\u0085]/g

/** A value as a line of NDJSON, with its line end: the line that an export writes. */
export function ndjsonText(value: Json): string {
  const text = writeJson(value).replace(
    SEPARATOR,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `${text}\n`
}
