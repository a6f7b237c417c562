import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { fileNameIn } from '../client/download.ts'
import { Failure } from '../domain/failure.ts'
import { unwritable } from './unwritable.ts'

/** In a folder the file gets the name that the server gives it. */
export type Place =
  | { readonly kind: 'stdout' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }

/** Called before the export begins. Fails with `usage_invalid` for a device or pipe, and with `file_unwritable`. */
export async function placeOf(output = '.'): Promise<Place> {
  if (output === '-') return { kind: 'stdout' }
  const there = await stat(output).catch(() => undefined)
  const isFolder = output.endsWith('/') || there?.isDirectory() === true
  // The file takes its name by a rename, which would replace /dev/null itself.
  if (there !== undefined && !isFolder && !there.isFile())
    throw new Failure(
      'usage_invalid',
      `--output expects a file, a folder or -; ${output} is a device or a pipe. Send standard output there: --output - > ${output}`,
    )
  const place = { kind: isFolder ? 'folder' : 'file', path: output } as const
  try {
    await access(isFolder ? output : dirname(output), constants.W_OK)
  } catch (cause) {
    throw unwritable(output, cause)
  }
  return place
}

export interface Naming {
  readonly link: string | undefined
  readonly format: string
  readonly isUnpacked: boolean
}

/** The path of the file. In a folder it has the server's name, without `.gz` if it is unpacked. */
export function pathIn(
  place: Exclude<Place, { kind: 'stdout' }>,
  { link, format, isUnpacked }: Naming,
): string {
  if (place.kind === 'file') return place.path
  const given = (link === undefined ? undefined : fileNameIn(link)) ?? `users.${format}.gz`
  return join(place.path, isUnpacked ? given.replace(/\.gz$/, '') : given)
}

/** Of a series: `users.json` becomes `users-0001.json`. */
export function numbered(path: string, number: number): string {
  const extension = extname(path)
  return join(dirname(path), `${basename(path, extension)}-${String(number).padStart(4, '0')}${extension}`)
}
