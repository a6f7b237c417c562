import { createHash, type Hash } from 'node:crypto'
import { addSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Client } from './client.ts'
import { getJob, hasStatus, PATIENCE_SECONDS, patiently } from './jobs.ts'
import { textOf } from './refusal.ts'
import { secondsToNext } from './retry.ts'
import type { Answer } from './transport.ts'

/** Takes the bytes of a file in their order. What it throws ends the download. */
export interface Sink {
  write(chunk: Buffer): Promise<void>
  /** The file on the server is another one now: what was written so far does not belong to it. */
  restart(): Promise<void>
}

/** What an earlier run has written. */
export interface Begun {
  readonly bytes: number
  /** SHA-256 that has taken these bytes. */
  readonly hash: Hash
}

export interface Downloading {
  readonly sink: Sink
  readonly begun?: Begun
  readonly signal?: AbortSignal | undefined
  /** Called for each answer that states the size of the whole file in bytes. */
  readonly onLength?: (bytes: number) => void
  /** Called after each chunk: how many bytes of the file are there, with those of an earlier run. */
  readonly onBytes?: (bytes: number) => void
  /** Called with one sentence whenever the connection was cut or the link had expired. */
  readonly onCut?: (sentence: string) => void
}

export interface Downloaded {
  readonly bytes: number
  readonly sha256: string
}

/** Undefined if the name in the link could lead to another folder, or if there is none. */
export function fileNameIn(link: string): string | undefined {
  const name = decodeURIComponent(new URL(link).pathname.split('/').at(-1) ?? '')
  return /^[\w.@-]+$/.test(name) && !name.startsWith('.') ? name : undefined
}

const PAUSE_SECONDS_MAX = 5

/**
 * The file of a completed job, with as many links and requests as it takes. A cut connection goes on where it stopped,
 * by `Range`. `If-Range` makes sure that the rest belongs to the same file. Fails with `server_unreachable` if nothing
 * comes for two minutes, and with `job_failed` if the file is gone.
 */
export async function download(client: Client, id: string, downloading: Downloading): Promise<Downloaded> {
  const { clock } = client.pace
  const { signal, onCut } = downloading
  const state = newState(downloading)
  let until = addSeconds(clock.now(), PATIENCE_SECONDS)
  for (let vain = 0; ; vain++) {
    const before = state.bytes
    const end = await stretch(client, id, state, downloading)
    if (end === 'whole') return { bytes: state.bytes, sha256: state.hash.digest('hex') }
    signal?.throwIfAborted()
    // Each byte that comes begins the time again.
    if (state.bytes > before) {
      vain = 0
      until = addSeconds(clock.now(), PATIENCE_SECONDS)
    }
    if (clock.now() >= until)
      throw new Failure('server_unreachable', `${end.why} No byte came for ${PATIENCE_SECONDS / 60} minutes.`)
    onCut?.(`${end.why} Going on after ${state.bytes} bytes.`)
    const pause = Math.min(vain === 0 ? 0 : 2 ** (vain - 1), PAUSE_SECONDS_MAX)
    await client.pace.wait(Math.max(pause, end.seconds), signal)
  }
}

interface State {
  bytes: number
  hash: Hash
  etag: string | undefined
}

function newState({ begun }: Downloading): State {
  return { bytes: begun?.bytes ?? 0, hash: begun?.hash ?? createHash('sha256'), etag: undefined }
}

/** Why the file is not whole yet, and how many seconds the server wants to be left alone. */
interface Cut {
  readonly why: string
  readonly seconds: number
}

const cut = (why: string, seconds = 0): Cut => ({ why, seconds })

/** The bytes of one link, until the file is whole or the connection is cut. */
async function stretch(
  client: Client,
  id: string,
  state: State,
  downloading: Downloading,
): Promise<'whole' | Cut> {
  const { signal } = downloading
  const link = await freshLink(client, id, signal)
  try {
    const answer = await client.link(link, rangeHeaders(state), signal)
    if (answer.status !== 200 && answer.status !== 206)
      return await refused(answer, { id, state, client, ...downloading })
    const length = await agreed(answer, state, downloading)
    if (length !== undefined) downloading.onLength?.(length)
    const isEnded = await poured(answer, state, downloading)
    if (length === undefined ? isEnded : state.bytes === length) return 'whole'
    return cut('The connection was cut.')
  } catch (error) {
    if (error instanceof Failure && error.code === 'server_unreachable') return cut(error.message)
    throw error
  }
}

async function freshLink(client: Client, id: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    const { location } = await patiently(client, () => getJob(client, id, signal), signal)
    if (location !== undefined) return location
  } catch (error) {
    if (!hasStatus(error, 404)) throw error
  }
  throw gone(id)
}

function gone(id: string): Failure {
  return new Failure(
    'job_failed',
    `The file of the job ${id} is gone: a server keeps it for 24 hours, or until the job is deleted. Export again without --job.`,
  )
}

function rangeHeaders({ bytes, etag }: State): Readonly<Record<string, string>> {
  return {
    'accept-encoding': 'identity',
    ...(bytes === 0 ? {} : { range: `bytes=${bytes}-` }),
    // RFC 9110, 13.1.5: a weak ETag does not say that the bytes are equal.
    ...(bytes > 0 && etag?.startsWith('"') ? { 'if-range': etag } : {}),
  }
}

interface Asked extends Downloading {
  readonly client: Client
  readonly id: string
  readonly state: State
}

async function refused(answer: Answer, { id, state, client, sink }: Asked): Promise<'whole' | Cut> {
  const { status, headers } = answer
  await textOf(answer)
  if (status === 404 || status === 410) throw gone(id)
  if (status === 416) {
    // The length of the file is after the slash (RFC 9110, 14.4).
    if (headers['content-range'] === `bytes */${state.bytes}`) return 'whole'
    await startOver(state, sink)
    return cut('The file on the server is shorter than what was downloaded.')
  }
  // S3 answers 403 for a link that has expired, as Muster does.
  if (status === 403) return cut('The link had expired.')
  return cut(
    `The server answered ${status}.`,
    status === 429 ? secondsToNext(headers, 1, client.pace.clock) : 0,
  )
}

/** Starts over if the answer has the whole file. Returns its length; undefined if the answer does not say the length. */
async function agreed(
  { status, headers }: Answer,
  state: State,
  { sink }: Downloading,
): Promise<number | undefined> {
  const etag = headers.etag
  const isOther = state.etag !== undefined && etag !== state.etag
  state.etag = etag
  if (status === 200) {
    if (state.bytes > 0) await startOver(state, sink)
    return headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
  }
  const [, start, length] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? []
  if (!isOther && Number(start) === state.bytes) return Number(length)
  throw new Failure(
    'server_unexpected',
    `The server answered with the bytes ${headers['content-range']} of a file, and those after ${state.bytes} were asked for. Run the command again.`,
  )
}

async function startOver(state: State, sink: Sink): Promise<void> {
  await sink.restart()
  state.bytes = 0
  state.hash = createHash('sha256')
}

/** True if all of the body came. An error of the sink is thrown, and a cut connection only ends the body. */
async function poured({ body }: Answer, state: State, { sink, onBytes }: Downloading): Promise<boolean> {
  for await (const chunk of untilCut(body)) {
    state.hash.update(chunk)
    state.bytes += chunk.length
    await sink.write(chunk)
    onBytes?.(state.bytes)
  }
  return body.complete
}

async function* untilCut(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body
  } catch {
    // The next request asks for the bytes after those that came.
  }
}
