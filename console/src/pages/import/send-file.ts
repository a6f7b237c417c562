import type { Job } from '../../api/client.ts'
import { at } from '../../api/place.ts'
import { Problem, problemOf, unreachable } from '../../api/problem.ts'
import type { FileFormat } from './look-at-file.ts'

export type Upsert = 'false' | 'overwrite' | 'merge'

/** What a person chose. Empty texts and `detect` are not sent. */
export interface ImportOptions {
  readonly connectionId: string
  readonly upsert: Upsert
  readonly preserve: boolean
  readonly format: FileFormat
  readonly delimiter: 'detect' | ',' | ';' | '\t'
  readonly guard: 'detect' | 'auth0' | 'formula' | 'none'
  readonly columns: string
  readonly externalId: string
}

const TYPES: Readonly<Record<FileFormat, string>> = {
  ndjson: 'application/x-ndjson',
  json: 'application/json',
  csv: 'text/csv',
}

interface Sending {
  readonly token: string
  /** The same key for the same request: if an answer was lost, the file is not imported twice. */
  readonly key: string
  readonly isDry: boolean
  readonly signal: AbortSignal
  onSent(bytes: number): void
}

/** Sends the file as it is, packed or not. `fetch` does not say how much was sent, so this uses XMLHttpRequest. */
export function sendFile(file: File, options: ImportOptions, sending: Sending): Promise<Job> {
  const { token, key, isDry, signal, onSent } = sending
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', at(`/api/v2/jobs/users-imports?${queryOf(options, isDry)}`))
    request.setRequestHeader('authorization', `Bearer ${token}`)
    request.setRequestHeader('content-type', TYPES[options.format])
    request.setRequestHeader('idempotency-key', key)
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded))
    request.addEventListener('load', () => {
      const answer = parsed(request.responseText)
      if (request.status === 202) resolve(answer as Job)
      else reject(problemOf(responseOf(request), answer))
    })
    request.addEventListener('error', () => reject(unreachable(undefined)))
    request.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

function queryOf(options: ImportOptions, isDry: boolean): URLSearchParams {
  const { connectionId, upsert, preserve, format, delimiter, guard, columns, externalId } = options
  const query = new URLSearchParams({ connection_id: connectionId })
  if (upsert !== 'false') query.set('upsert', upsert)
  if (preserve) query.set('preserve', 'true')
  if (isDry) query.set('dry_run', 'true')
  if (externalId.trim() !== '') query.set('external_id', externalId.trim())
  if (format !== 'csv') return query
  if (delimiter !== 'detect') query.set('delimiter', delimiter)
  if (guard !== 'detect') query.set('guard', guard)
  if (columns.trim() !== '') query.set('columns', columns.trim())
  return query
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// A response with this status may have no body.
const BODILESS = [101, 204, 205, 304]

function responseOf(request: XMLHttpRequest): Response {
  const retryAfter = request.getResponseHeader('retry-after')
  const status = BODILESS.includes(request.status) || request.status < 200 ? 500 : request.status
  return new Response(null, { status, headers: retryAfter === null ? {} : { 'retry-after': retryAfter } })
}

export function isStop(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

export function isRefusedToken(error: unknown): boolean {
  return error instanceof Problem && error.status === 401
}

/** `crypto.randomUUID` exists on secure addresses only, and Muster may be served by plain HTTP in a private network. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
