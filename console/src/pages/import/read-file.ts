const GZIP = [0x1f, 0x8b] as const
const MARK = [0xef, 0xbb, 0xbf] as const

/** The server recognizes gzip by the first two bytes, whatever the name of the file is. */
export async function isGzip(file: Blob): Promise<boolean> {
  const [a, b] = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  return a === GZIP[0] && b === GZIP[1]
}

export function hasMark(bytes: Uint8Array): boolean {
  return MARK.every((byte, at) => bytes[at] === byte)
}

/** The unpacked bytes of a users file, never all of them at once. */
export async function* plainChunks(file: Blob): AsyncGenerator<Uint8Array> {
  const source = file.stream() as ReadableStream<Uint8Array<ArrayBuffer>>
  const plain = (await isGzip(file)) ? source.pipeThrough(new DecompressionStream('gzip')) : source
  const reader = plain.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
