import type { IncomingMessage } from 'node:http'
import { Failure } from '../domain/failure.ts'

/**
 * A request's body as it comes. Ends with a Failure: `body_too_large` above the limit, `body_invalid` for a body
 * that is empty or breaks off, `request_too_slow` for one that dribbles. Leaving early leaves the rest of the body unread.
 */
export async function* uploaded(body: IncomingMessage, bytesMax: number): AsyncGenerator<Uint8Array> {
  if (Number(body.headers['content-length']) > bytesMax) throw tooLarge(bytesMax)
  let bytes = 0
  try {
    // Destroying the request would take the connection with it, and the answer.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Uint8Array).length
      if (bytes > bytesMax) throw tooLarge(bytesMax)
      yield chunk as Uint8Array
    }
  } catch (cause) {
    // What the sender's connection did is no mistake of ours.
    throw cause instanceof Failure ? cause : new Failure('body_invalid', 'The body broke off.', { cause })
  }
  if (bytes === 0) throw new Failure('body_invalid', 'Users file must not be empty.')
}

/** In Auth0's words. */
export function tooLarge(bytesMax: number): Failure {
  return new Failure('body_too_large', `Payload content length greater than maximum allowed: ${bytesMax}.`)
}

// Most senders look for an answer when they have sent all, and lose it when their connection is cut before.
const REST_BYTES_MAX = 64 * 1024 * 1024
const REST_SECONDS_MAX = 30

/** Lets a refused body pass by, unread and within bounds, so that its sender gets to see the answer. */
export function letPass(body: IncomingMessage): void {
  if (body.readableEnded || body.destroyed) return
  let left = REST_BYTES_MAX
  const cut = setTimeout(() => body.destroy(), REST_SECONDS_MAX * 1000).unref()
  body.once('close', () => clearTimeout(cut))
  body.once('end', () => clearTimeout(cut))
  body.on('error', () => undefined)
  body.on('data', (chunk: Uint8Array) => {
    left -= chunk.length
    if (left < 0) body.destroy()
  })
  // A parser that has left it has also paused it.
  body.resume()
}
