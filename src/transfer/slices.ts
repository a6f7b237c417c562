import { createHash } from 'node:crypto'
import type { DecodeOptions } from '../decode/decode-options.ts'
import { decodeUsers } from '../decode/decode-users.ts'
import type { Entry } from '../decode/entry.ts'
import { isJsonObject, type Json } from '../domain/json.ts'
import { writeJson } from '../domain/write-json.ts'
import { auth0Problems, forAuth0 } from './auth0-user.ts'
import { IDENTIFYING, identityOf } from './identity.ts'
import type { RefusedUser } from './tally.ts'

/** Where a user of a slice comes from. */
export interface SlicedUser {
  readonly entry: number
  readonly line: number
  /** From `identityOf`: finds the user of an error of the server. */
  readonly identity: string
}

/** A users file that Auth0 takes: a JSON array of whole users. */
export interface Slice {
  readonly number: number
  readonly bytes: Buffer
  /** Of the bytes. A slice depends on the file alone, so a run that goes on cuts the same ones. */
  readonly hash: string
  readonly users: readonly SlicedUser[]
}

export type Cut =
  | { readonly kind: 'slice'; readonly slice: Slice }
  | { readonly kind: 'refused'; readonly refused: RefusedUser }

export interface Cutting extends DecodeOptions {
  /** Called for each user who loses an attribute, so that the report can count them. */
  readonly onLeftOut?: (names: readonly string[]) => void
  /** For a dry run: also refuses what Auth0's published schema refuses. */
  readonly isChecked?: boolean
}

/** Auth0 takes 512,000 bytes, and the form around the file has some hundred. */
const SLICE_BYTES_MAX = 500_000

/**
 * Cuts a users file into slices, in one pass and flat memory. If the rest of the file cannot be read, it first yields
 * the users before that, and then fails with `import_unreadable`.
 */
export async function* cutSlices(source: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Cut> {
  const open = newSlice()
  let entries = 0
  try {
    for await (const group of decodeUsers(source, { ...cutting, wantsUser: true })) {
      for (const entry of group) {
        const made = userOf(entry, entries++, cutting)
        if ('refused' in made) {
          yield { kind: 'refused', refused: made.refused }
          continue
        }
        if (!open.hasRoom(made.text)) yield { kind: 'slice', slice: open.take() }
        open.add(made.sliced, made.text)
      }
    }
  } catch (failure) {
    if (!open.isEmpty()) yield { kind: 'slice', slice: open.take() }
    throw failure
  }
  if (!open.isEmpty()) yield { kind: 'slice', slice: open.take() }
}

type Made = { readonly sliced: SlicedUser; readonly text: Buffer } | { readonly refused: RefusedUser }

function userOf(entry: Entry, number: number, { onLeftOut, isChecked }: Cutting): Made {
  const { line } = entry
  if (entry.kind === 'unreadable') {
    const { code, message } = entry
    return { refused: { entry: number, line, user: {}, errors: [{ code, message }] } }
  }
  const { user, leftOut } = forAuth0(entry.value)
  const text = Buffer.from(writeJson(user))
  if (text.length > SLICE_BYTES_MAX - FRAME_BYTES)
    return { refused: tooLarge(number, line, text.length, user) }
  const problems = isChecked === true ? auth0Problems(user) : []
  if (problems.length > 0) return { refused: { entry: number, line, user: shown(user), errors: problems } }
  if (leftOut.length > 0) onLeftOut?.(leftOut)
  return { sliced: { entry: number, line, identity: identityOf(user) }, text }
}

function tooLarge(entry: number, line: number, bytes: number, user: Json): RefusedUser {
  const message = `The user has ${bytes} bytes as JSON. Auth0 takes a users file of at most ${SLICE_BYTES_MAX} bytes, so this user cannot be imported there.`
  return { entry, line, user: shown(user), errors: [{ code: 'PROFILE_SIZE_EXCEEDED', message }] }
}

/** Who the user is, and nothing else, since the rest may be a secret. */
function shown(user: Json): Json {
  if (!isJsonObject(user)) return {}
  return Object.fromEntries(Object.entries(user).filter(([name]) => IDENTIFYING.some((one) => one === name)))
}

// The brackets of the array, each with a line end.
const FRAME_BYTES = 4

function newSlice() {
  let number = 0
  let texts: Buffer[] = []
  let users: SlicedUser[] = []
  let bytes = FRAME_BYTES
  return {
    isEmpty: () => texts.length === 0,
    hasRoom: (text: Buffer) => texts.length === 0 || bytes + text.length + 2 <= SLICE_BYTES_MAX,
    add: (user: SlicedUser, text: Buffer) => {
      texts.push(text)
      users.push(user)
      bytes += text.length + 2
    },
    take: (): Slice => {
      const lines = texts.flatMap((text, n) => [Buffer.from(n === 0 ? '[\n' : ',\n'), text])
      const whole = Buffer.concat([...lines, Buffer.from('\n]')])
      const hash = createHash('sha256').update(whole).digest('hex')
      const slice = { number: number++, bytes: whole, hash, users }
      texts = []
      users = []
      bytes = FRAME_BYTES
      return slice
    },
  }
}
