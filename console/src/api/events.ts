import { type Api, dataOf, type Job } from './client.ts'

/** How a running job stands (docs/api.md, Events). */
export interface JobProgress {
  readonly status: 'pending' | 'processing'
  readonly percentage_done: number
  readonly users: number
  /** Absent while the database counts, and for imports. */
  readonly total?: number
  readonly bytes: number
  readonly users_per_second?: number
  readonly time_left_seconds?: number
  readonly status_details?: string
}

export type JobEvent =
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'end'; readonly job: Job }
  | { readonly kind: 'deleted' }

// A comment comes every 15 seconds. After two that did not come the connection is dead, even if no error said so.
const SILENCE_MILLISECONDS = 35_000
// The first event comes at once. If it does not, a proxy holds the stream back until it ends.
const FIRST_MILLISECONDS = 6_000

/** A browser's EventSource cannot send a token, so the stream is read by `fetch`. It ends when the stream ends. */
export async function* jobEvents(api: Api, id: string, signal: AbortSignal): AsyncGenerator<JobEvent> {
  const silent = new AbortController()
  const body = await dataOf(
    api.GET('/api/v2/jobs/{id}/events', {
      params: { path: { id } },
      parseAs: 'stream',
      signal: AbortSignal.any([signal, silent.signal]),
    }),
  )
  if (!(body instanceof ReadableStream)) return
  let alarm = setTimeout(() => silent.abort(), FIRST_MILLISECONDS)
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  try {
    for await (const { name, data } of serverEvents(chunksOf(reader))) {
      clearTimeout(alarm)
      alarm = setTimeout(() => silent.abort(), SILENCE_MILLISECONDS)
      if (data !== '') yield eventOf(name, data)
    }
  } finally {
    clearTimeout(alarm)
    // Otherwise the server goes on sending to a page that has left.
    await reader.cancel().catch(() => undefined)
  }
}

function eventOf(name: string, data: string): JobEvent {
  const value = JSON.parse(data) as JobProgress | Job | { readonly status: 'deleted' }
  if (value.status === 'deleted') return { kind: 'deleted' }
  if (name === 'end') return { kind: 'end', job: value as Job }
  return { kind: 'progress', progress: value as JobProgress }
}

interface ServerEvent {
  readonly name: string
  /** Empty for a comment. */
  readonly data: string
}

// HTML Living Standard, 9.2. An event that was cut off is dropped, as the standard says.
async function* serverEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let waiting = ''
  for await (const chunk of chunks) {
    waiting = (waiting + decoder.decode(chunk, { stream: true })).replaceAll('\r\n', '\n')
    const blocks = waiting.split('\n\n')
    waiting = blocks.pop() ?? ''
    for (const block of blocks) yield { name: valueIn(block, 'event'), data: valueIn(block, 'data') }
  }
}

function valueIn(block: string, field: string): string {
  const begin = `${field}:`
  const lines = block.split('\n').filter((line) => line.startsWith(begin))
  return lines.map((line) => line.slice(begin.length).trimStart()).join('\n')
}

// Not every browser can iterate over a stream.
async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
