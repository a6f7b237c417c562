import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { ConnectionLimits } from '../domain/connection-limits.ts'
import { Failure } from '../domain/failure.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A users file may take hours, so its body needs a minimum of bytes per second, not a maximum of seconds. */
    isUpload?: boolean
  }
}

type PaceLimits = Pick<ConnectionLimits, 'requestSeconds' | 'silenceSeconds' | 'uploadBytesPerSecond'>

/** A client that sends too slowly would hold a connection for ever, so its request fails with `request_too_slow`. */
export function boundBodies(app: FastifyInstance, limits: PaceLimits): void {
  app.addHook('preParsing', async ({ raw, routeOptions }) => {
    if (raw.complete) return
    if (routeOptions.config.isUpload === true) boundPace(raw, limits)
    else boundTime(raw, limits.requestSeconds)
  })
}

function boundTime(body: IncomingMessage, seconds: number): void {
  const timer = setTimeout(
    () => fail(body, `The body was not complete within ${seconds} s.`),
    seconds * 1000,
  ).unref()
  onEnd(body, () => clearTimeout(timer))
}

// A window that is counted in steps notices a slow body one step after it has become slow, and not one window later.
const STEPS = 4

function boundPace(body: IncomingMessage, { silenceSeconds, uploadBytesPerSecond }: PaceLimits): void {
  const stepSeconds = silenceSeconds / STEPS
  const steps: number[] = []
  let bytesBefore = body.socket.bytesRead
  const timer = setInterval(() => {
    const bytes = body.socket.bytesRead
    // Bytes that wait to be read show that the disk is slow, not the sender.
    steps.push(body.readableLength > 0 ? Infinity : bytes - bytesBefore)
    bytesBefore = bytes
    if (steps.length > STEPS) steps.shift()
    const sum = steps.reduce((total, step) => total + step, 0)
    if (steps.length < STEPS || sum >= Math.max(1, uploadBytesPerSecond * silenceSeconds)) return
    const pace = Math.floor(sum / silenceSeconds)
    fail(
      body,
      `The body arrived at ${pace} bytes a second for ${silenceSeconds} s; at least ${uploadBytesPerSecond} are expected.`,
    )
  }, stepSeconds * 1000).unref()
  onEnd(body, () => clearInterval(timer))
}

function onEnd(body: IncomingMessage, clear: () => void): void {
  for (const event of ['end', 'close', 'error']) body.once(event, clear)
}

// Destroying the body would close the connection before the answer is sent, so only its reader gets the error.
function fail(body: IncomingMessage, message: string): void {
  body.emit('error', new Failure('request_too_slow', message, { headers: { connection: 'close' } }))
}
