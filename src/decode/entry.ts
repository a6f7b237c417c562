import type { Json } from '../domain/json.ts'
import type { RepeatedName } from '../domain/read-members.ts'

export type Entry = UserEntry | UnreadableEntry

export interface UserEntry {
  readonly kind: 'user'
  readonly line: number
  /** Not checked yet: it may be no user. */
  readonly value: Json
  /**
   * The length that the size limit of a profile counts: of the uncompressed entry, with numbers as they are without
   * exponents. In CSV it includes the headings, since JSON would repeat them.
   */
  readonly bytes: number
  readonly isPlain?: boolean
}

/** This entry cannot be read, but the next one can. The message quotes nothing, since the text is users' data. */
export interface UnreadableEntry {
  readonly kind: 'unreadable'
  readonly line: number
  readonly code: string
  readonly message: string
}

export function repeats(line: number, name: string, { repeated, place }: RepeatedName): UnreadableEntry {
  const object = place === '' ? 'one object' : place
  return unreadable(line, `${name} has the name ${repeated} twice in ${object}: one of the two would be lost`)
}

/** Auth0's import errors have z-schema's codes. FORMAT is the code for a text in a wrong form. */
export function unreadable(line: number, message: string): UnreadableEntry {
  return { kind: 'unreadable', line, code: 'FORMAT', message }
}
