import type { IncomingMessage } from 'node:http'
import { Failure } from '../domain/failure.ts'

/**
 * Fails with `body_too_large`, with `body_invalid` for a body that is empty or breaks off, and with `request_too_slow`.
 * A reader that stops early leaves the rest unread.
 */
export async function* uploaded(body: IncomingMessage, bytesMax: number): AsyncGenerator<Uint8Array> {
  if (Number(body.headers['content-length']) > bytesMax) throw tooLarge(bytesMax)
  let bytes = 0
  try {
    // Destroying the request would close the connection before the answer is sent.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Uint8Array).length
      if (bytes > bytesMax) throw tooLarge(bytesMax)
      yield chunk as Uint8Array
    }
  } catch (cause) {
    // A connection that the client broke is not an internal error.
    throw cause instanceof Failure ? cause : new Failure('body_invalid', 'The body broke off.', { cause })
  }
  if (bytes === 0) throw new Failure('body_invalid', 'Users file must not be empty.')
}

/** The message is Auth0's, since clients may compare it. */
export function tooLarge(bytesMax: number, options: { readonly cause?: unknown } = {}): Failure {
  const message = `Payload content length greater than maximum allowed: ${bytesMax}.`
  return new Failure('body_too_large', message, options)
}

/**
 * Most clients read the answer only after they have sent the whole body, so the rest of a refused body is read and
 * discarded. `boundRest` of connections.ts limits the rest.
 */
export function letPass(body: IncomingMessage): void {
  if (body.readableEnded || body.destroyed) return
  body.on('error', () => undefined)
  // The reader that stopped early has paused the body, so it would never end.
  body.resume()
}
