import type { Readable } from 'node:stream'

/** One of server-sent events (HTML Living Standard, 9.2). */
export interface ServerEvent {
  readonly id: string
  readonly name: string
  readonly data: string
}

// An event of a job has some hundred characters. Something that never ends is no event.
const CHARACTERS_MAX = 1024 * 1024

/** Ends when the stream ends. An event that was cut off is dropped, as the standard says. */
export async function* serverEvents(body: Readable): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let waiting = ''
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    waiting = `${waiting}${decoder.decode(chunk, { stream: true })}`.replace(/\r\n/g, '\n')
    const blocks = waiting.split('\n\n')
    waiting = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = eventIn(block)
      if (event.data !== '') yield event
    }
    if (waiting.length > CHARACTERS_MAX) return
  }
}

function eventIn(block: string): ServerEvent {
  const lines = block.split('\n')
  const all = (field: string): readonly string[] =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).trimStart())
  return { id: all('id').at(-1) ?? '', name: all('event').at(-1) ?? 'message', data: all('data').join('\n') }
}
