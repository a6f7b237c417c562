import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { Failure } from '../domain/failure.ts'
import type { Session } from '../pg/database.ts'

export interface FilesClaim {
  renew(): Promise<void>
  /** Frees the database for other files at once. A bucket stays claimed until no process renews the claim. */
  release(): Promise<void>
}

export interface FilesClaimOptions {
  readonly everySeconds: number
  /** After this long without a renewal the process counts as dead, and another place may be claimed. */
  readonly staleSeconds: number
  /** Called if the database could not be reached, or if another place has been claimed instead of this one. */
  readonly onError: (error: unknown) => void
}

export type Files =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'bucket'; readonly url: string }

/**
 * A second process with files elsewhere would not have the files of the first one, and would treat them as missing. So
 * a database is claimed for one folder, or for one bucket and prefix, which any number of processes may share. The
 * claim outlasts a lost connection, and expires when its processes are killed. Fails with `database_in_use`, or with
 * `database_unavailable`.
 */
export async function claimFor(
  session: Session,
  files: Files,
  { everySeconds, staleSeconds, onError }: FilesClaimOptions,
): Promise<FilesClaim> {
  const { id, place } = await nameOf(files)
  const renew = async (): Promise<void> => {
    const claimed = await session.query(CLAIM, [id, place, staleSeconds])
    if (claimed.length === 0) throw await inUse(session, staleSeconds)
  }
  await renew()
  const timer = setInterval(() => void renew().catch(onError), everySeconds * 1000)
  return {
    renew,
    release: async () => {
      clearInterval(timer)
      // A bucket stays claimed, since other processes may be using it.
      if (files.kind === 'folder') await session.query(RELEASE, [id])
    },
  }
}

const CLAIM = `insert into muster.object_folder as known (folder_id, place, seen_at)
values ($1, $2, clock_timestamp())
on conflict (only_row) do update set folder_id = excluded.folder_id, place = excluded.place, seen_at = excluded.seen_at
where known.folder_id = excluded.folder_id or known.seen_at < clock_timestamp() - $3 * interval '1 second'
returning place`

const RELEASE = `delete from muster.object_folder where folder_id = $1`

const OTHER = `select place, ceil(extract(epoch from clock_timestamp() - seen_at))::int as seconds from muster.object_folder`

async function inUse(session: Session, staleSeconds: number): Promise<Failure> {
  const [other] = await session.query<{ place: string; seconds: number }>(OTHER)
  const { place = 'unknown', seconds = 0 } = other ?? {}
  return new Failure(
    'database_in_use',
    `Another Muster runs on this database and keeps its files elsewhere (${place}, seen ${seconds} seconds ago). Stop it, or start this one with the same place for files (MUSTER_OBJECTS, else MUSTER_DATA_DIR). If it has ended, start this one again in ${Math.max(1, staleSeconds - seconds)} seconds.`,
  )
}

async function nameOf(files: Files): Promise<{ readonly id: string; readonly place: string }> {
  if (files.kind === 'bucket') return { id: files.url, place: files.url }
  return { id: await idOf(files.folder), place: `${hostname()}:${resolve(files.folder)}` }
}

const ID_FILE = 'folder-id'

// An id in a file identifies the folder, since on another machine the same path names another folder.
async function idOf(folder: string): Promise<string> {
  const path = join(folder, ID_FILE)
  const known = await readFile(path, 'utf8').catch(() => '')
  if (known !== '') return known
  const made = randomUUID()
  await writeFile(path, made, { mode: 0o600 })
  return made
}
