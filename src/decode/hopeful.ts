import { Failure } from '../domain/failure.ts'
import { isJsonObject } from '../domain/json.ts'
import { meaningAmong } from '../domain/near-name.ts'
import { IMPORTED_NAMES } from '../domain/profile.ts'
import type { Entry } from './entry.ts'

/** Fails if the entries show that the file is no users file: a wrong file would report thousands of useless errors. */
export interface Hopeful {
  pass(entries: Iterable<Entry>): Iterable<Entry>
  heldBack(): Iterable<Entry>
  end(): Iterable<Entry>
}

export interface HopefulOptions {
  readonly unreadableRunMax: number
  readonly shape: () => string | undefined
  readonly wantsUser: boolean
}

/** More errors of a file without a user would say the same. */
const SHOWN_MAX = 10
/** If none of the held entries is a user, all their errors are reported. The limits bound the memory. */
const HELD_MAX = 1000
const HELD_BYTES_MAX = 1024 * 1024

const meaning = meaningAmong(IMPORTED_NAMES)
const KNOWN: ReadonlySet<string> = new Set(IMPORTED_NAMES)

// Holds back the first entries until one is a user, so that a file without a user reports only SHOWN_MAX errors.
export function newHopeful({ unreadableRunMax, shape, wantsUser }: HopefulOptions): Hopeful {
  let hasUser = !wantsUser
  let held: Entry[] = []
  let [run, bytes, count] = [0, 0, 0]
  function* release(most = HELD_MAX): Generator<Entry> {
    const released = held
    held = []
    yield* released.slice(0, most)
  }
  function* hold(entry: Entry): Generator<Entry> {
    held.push(entry)
    bytes += entry.kind === 'user' ? entry.bytes : 0
    if (run >= unreadableRunMax && run === count) {
      yield* release(SHOWN_MAX)
      throw noUser(shape(), count)
    }
    if (held.length >= HELD_MAX || bytes >= HELD_BYTES_MAX) yield* release()
  }
  return {
    *pass(entries) {
      for (const entry of entries) {
        count++
        run = entry.kind === 'user' ? 0 : run + 1
        hasUser ||= isUser(entry)
        if (!hasUser) yield* hold(entry)
        else {
          if (held.length > 0) yield* release()
          yield entry
        }
        if (run >= unreadableRunMax) throw hopeless(entry.line, run)
      }
    },
    heldBack: () => release(),
    *end() {
      if (hasUser || count === 0) return
      yield* release(SHOWN_MAX)
      throw noUser(shape(), count)
    },
  }
}

/** The case of letters in names does not matter, as in the headings of CSV. */
function isUser(entry: Entry): boolean {
  if (entry.kind !== 'user' || !isJsonObject(entry.value)) return false
  const names = Object.keys(entry.value)
  return names.some((name) => KNOWN.has(name)) || names.some((name) => meaning(name)?.isSame === true)
}

function noUser(shape: string | undefined, count: number): Failure {
  const what =
    shape === undefined
      ? 'Each line or record needs a field such as email at its top level'
      : `It looks like ${shape}`
  return new Failure('import_unreadable', `The file has no users (entries: ${count}). ${what}.`)
}

function hopeless(line: number, run: number): Failure {
  return new Failure(
    'import_unreadable',
    `The users file cannot be read: the last ${run} entries up to line ${line} are no users. Is it of another format?`,
  )
}
