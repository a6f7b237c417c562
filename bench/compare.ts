import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

/** SHA-256 of what a .gz file holds, and its size. */
export async function contentOf(file: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(file).pipe(createGunzip()) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** Whether two .gz files hold the same JSON values line by line. A null equals an absent member. */
export async function isSameJson(one: string, other: string): Promise<boolean> {
  const others = linesOf(other)[Symbol.asyncIterator]()
  for await (const line of linesOf(one)) {
    const { value, done } = await others.next()
    if (done === true || canonical(line) !== canonical(value)) return false
  }
  return (await others.next()).done === true
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({
    input: createReadStream(file).pipe(createGunzip()),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
}

function canonical(line: string): string {
  const members = Object.entries(JSON.parse(line) as Record<string, unknown>).filter(
    ([, value]) => value !== null,
  )
  return JSON.stringify(Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1))))
}
