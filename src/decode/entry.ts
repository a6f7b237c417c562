import type { Json } from '../domain/json.ts'

/** One user of an import's file, or what stands where one should. */
export type Entry = UserEntry | UnreadableEntry

/** `line` is where the entry begins, counted from 1 in the uncompressed text. */
export interface UserEntry {
  readonly kind: 'user'
  readonly line: number
  /** What the file says; whether it is a user is for others to check. */
  readonly value: Json
  /** What it takes of the file, uncompressed; in CSV with the headings, which JSON would repeat. */
  readonly bytes: number
}

/** This entry cannot be read; the next one can. The message tells where and why and quotes nothing. */
export interface UnreadableEntry {
  readonly kind: 'unreadable'
  readonly line: number
  readonly code: string
  readonly message: string
}

/** Auth0's import errors bear z-schema's codes; this is the one for text that is not what it should be. */
export function unreadable(line: number, message: string): UnreadableEntry {
  return { kind: 'unreadable', line, code: 'FORMAT', message }
}
