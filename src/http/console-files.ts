import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FastifyRequest } from 'fastify'

/** The built console: `index.html`, and in `assets` files whose names hold a hash of their content. */
export interface ConsoleFiles {
  /** Undefined if the console is off or was not built. */
  readonly consoleFolder: string | undefined
}

export interface ConsoleFile {
  readonly type: string
  readonly encoding?: string
  readonly bytes: Buffer
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.ico': 'image/x-icon',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

// A name without a slash that begins with no dot leads to no other folder.
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}$/

const PACKED = [
  { encoding: 'br', ending: '.br' },
  { encoding: 'gzip', ending: '.gz' },
] as const

/**
 * A file of the folder, packed if the build made it and the client takes it. Undefined if there is none, or none of a
 * type that the console has.
 */
export async function readConsoleFile(
  folder: string,
  name: string,
  request: FastifyRequest,
): Promise<ConsoleFile | undefined> {
  const type = TYPES[extname(name)]
  if (type === undefined || !NAME.test(name)) return undefined
  const taken = takenEncodings(request.headers['accept-encoding'])
  for (const { encoding, ending } of PACKED) {
    const bytes = taken.has(encoding) ? await bytesOf(join(folder, name + ending)) : undefined
    if (bytes !== undefined) return { type, encoding, bytes }
  }
  const bytes = await bytesOf(join(folder, name))
  return bytes === undefined ? undefined : { type, bytes }
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EISDIR') return undefined
    throw error
  }
}

// RFC 9110, 12.5.3. A weight of 0 refuses the encoding.
function takenEncodings(header: unknown): ReadonlySet<string> {
  const parts = typeof header === 'string' ? header.toLowerCase().split(',') : []
  const taken = parts.flatMap((part) => {
    const [coding = '', weight = ''] = part.split(';').map((text) => text.trim())
    return /^q=0(\.0*)?$/.test(weight) ? [] : [coding]
  })
  return new Set(taken)
}
