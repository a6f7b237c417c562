import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { type CutPiece, cutEntries } from '../decode/cut-entries.ts'
import { Failure } from '../domain/failure.ts'
import type { CsvReading, ImportFormat } from '../domain/import-request.ts'
import type { Json } from '../domain/json.ts'
import { readJson } from '../domain/read-json.ts'
import { identityOf } from './identity.ts'
import type { RefusedPlaces } from './tally.ts'
import { messageOf, openUsersFile, type UsersFile } from './users-file.ts'

export interface RefusedOf {
  readonly file: UsersFile
  readonly places: RefusedPlaces
}

/**
 * Writes the refused entries as their files have them, so that they can be corrected and imported. The file has another
 * name until all are written, so that it is never half. Fails with `file_unwritable`.
 */
export async function writeRejects(
  path: string,
  files: readonly RefusedOf[],
  csv: CsvReading | undefined,
): Promise<number> {
  const temporary = `${path}.unfinished`
  try {
    const out = await open(temporary, 'w', 0o600)
    const count = await writeAll(out, files, csv).finally(() => out.close())
    await rename(temporary, path)
    return count
  } catch (cause) {
    await rm(temporary, { force: true })
    if (cause instanceof Failure) throw cause
    throw new Failure(
      'file_unwritable',
      `The refused users cannot be written to ${path}: ${messageOf(cause)}`,
      {
        cause,
      },
    )
  }
}

async function writeAll(
  out: FileHandle,
  files: readonly RefusedOf[],
  csv: CsvReading | undefined,
): Promise<number> {
  const format = files[0]?.file.format ?? 'ndjson'
  const { before, between, after } = FRAMES[format]
  let count = 0
  let hasHeader = false
  await out.appendFile(before)
  for (const { file, places } of files) {
    for await (const piece of refusedPieces(file, places, csv)) {
      if (piece.isHeader && hasHeader) continue
      hasHeader ||= piece.isHeader
      if (count > 0) await out.appendFile(between)
      await out.appendFile(piece.bytes ?? '')
      if (format !== 'json') await out.appendFile('\n')
      if (!piece.isHeader) count++
    }
  }
  await out.appendFile(after)
  return count
}

const FRAMES: Readonly<Record<ImportFormat, { before: string; between: string; after: string }>> = {
  ndjson: { before: '', between: '', after: '' },
  json: { before: '[\n', between: ',\n', after: '\n]\n' },
  csv: { before: '', between: '', after: '' },
}

/** Yields the header too, so that the rejects of a CSV file can be imported. */
async function* refusedPieces(
  file: UsersFile,
  { entries, lines }: RefusedPlaces,
  csv: CsvReading | undefined,
): AsyncGenerator<CutPiece> {
  const source = openUsersFile(file)
  let entry = 0
  try {
    for await (const piece of cutEntries(source, {
      format: file.format,
      ...(csv === undefined ? {} : { csv }),
    })) {
      if (piece.isHeader) yield piece
      else if (entries.has(entry++) || isAmong(lines.get(piece.line), piece, file.format)) yield piece
    }
  } catch (error) {
    // The import has said where the file breaks off.
    if (!(error instanceof Failure) || error.code !== 'import_unreadable') throw error
  } finally {
    source.destroy()
  }
}

/** An array may have several users in one line. Other formats have one. */
function isAmong(refused: readonly Json[] | undefined, { bytes }: CutPiece, format: ImportFormat): boolean {
  if (refused === undefined) return false
  if (format !== 'json') return true
  const identity = identityOf(jsonIn(bytes))
  return refused.some((user) => identityOf(user) === identity)
}

/** The server shows `{}` for an entry that it cannot read. */
function jsonIn(bytes: Buffer | undefined): Json {
  try {
    return readJson((bytes ?? '').toString())
  } catch {
    return {}
  }
}
