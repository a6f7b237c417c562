import { gzipSync } from 'node:zlib'
import { type GzipPress, gzipPresses, type Member } from './gzip-press.ts'

export interface GzipOptions {
  /** 1 (fast) to 9 (small). */
  readonly level: number
  /** Lines gathered into one member, in bytes before compression: bounds memory. */
  readonly memberBytes: number
}

/**
 * Makes an encoder of lines into gzip members; members behind one another are one valid .gz file (RFC 1952, 2.2).
 * While one member is compressed on another thread, the next is already being gathered. A chunk of lines is copied
 * before the next is asked for.
 */
export function gzipEncoder({
  level,
  memberBytes,
}: GzipOptions): (lines: AsyncIterable<Uint8Array>) => AsyncGenerator<Member> {
  const newPress = gzipPresses(level, memberBytes)
  const free: GzipPress[] = []
  async function pressed({ press, bytes }: Filled): Promise<Member> {
    const member = await press.press(bytes)
    free.push(press)
    return member
  }
  return async function* (lines) {
    let pending: Promise<Member> | undefined
    try {
      for await (const filled of filledPresses(lines, () => free.pop() ?? newPress())) {
        const member = pressed(filled)
        // Awaited one member later: a failure meanwhile must not count as unhandled.
        member.catch(() => undefined)
        if (pending !== undefined) yield await pending
        pending = member
      }
      if (pending !== undefined) yield await pending
    } finally {
      await pending?.catch(() => undefined)
    }
  }
}

interface Filled {
  readonly press: GzipPress
  readonly bytes: number
}

/** Whoever takes a filled press keeps it. */
async function* filledPresses(
  source: AsyncIterable<Uint8Array>,
  newPress: () => GzipPress,
): AsyncGenerator<Filled> {
  let press = newPress()
  let bytes = 0
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + press.block.length - bytes)
      press.block.set(part, bytes)
      bytes += part.length
      from += part.length
      if (bytes < press.block.length) continue
      yield { press, bytes }
      press = newPress()
      bytes = 0
    }
  }
  if (bytes > 0) yield { press, bytes }
}

/** A member with nothing in it: an export of no users is still a valid .gz file. */
export function emptyMember(): Uint8Array {
  return gzipSync('')
}
