import type { Json } from '../domain/json.ts'
import type { RepeatedName } from '../domain/read-members.ts'

/** One user of an import's file, or what stands where one should. */
export type Entry = UserEntry | UnreadableEntry

/** `line` is where the entry begins, counted from 1 in the uncompressed text. */
export interface UserEntry {
  readonly kind: 'user'
  readonly line: number
  /** What the file says; whether it is a user is for others to check. */
  readonly value: Json
  /**
   * What it takes of the file, uncompressed; in CSV with the headings, which JSON would repeat. Of numbers with
   * exponents, what they take when they are written out.
   */
  readonly bytes: number
  /** Nothing in it could be unstorable (`ReadText`). */
  readonly isPlain?: boolean
}

/** This entry cannot be read; the next one can. The message tells where and why and quotes nothing. */
export interface UnreadableEntry {
  readonly kind: 'unreadable'
  readonly line: number
  readonly code: string
  readonly message: string
}

/** The entry called `name` has two values under one name. */
export function repeats(line: number, name: string, { repeated, place }: RepeatedName): UnreadableEntry {
  const object = place === '' ? 'one object' : place
  return unreadable(line, `${name} has the name ${repeated} twice in ${object}: one of the two would be lost`)
}

/** Auth0's import errors bear z-schema's codes; this is the one for text that is not what it should be. */
export function unreadable(line: number, message: string): UnreadableEntry {
  return { kind: 'unreadable', line, code: 'FORMAT', message }
}
