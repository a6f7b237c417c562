import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import { writeJson } from '../domain/write-json.ts'
import { type FolderLock, lockFolder } from '../pg/folder-lock.ts'
import type { RunOrder } from './run-order.ts'
import type { Outcome } from './tally.ts'
import { messageOf } from './users-file.ts'

/** A file of the order, and which slice of it. A Muster takes the whole file as slice 0. */
export interface Place {
  readonly file: number
  readonly slice: number
}

/** What a run notes. Each line is on the disk before the run goes on. */
export type RunEvent =
  | (Place & { readonly kind: 'sending'; readonly at: string; readonly key?: string; readonly hash?: string })
  | (Place & { readonly kind: 'sent'; readonly job: string })
  | (Place & { readonly kind: 'done'; readonly outcome: Outcome })

/** The folder of a run. It holds copies of user data, so only its owner may read it. */
export interface RunFolder {
  readonly name: string
  readonly path: string
  /** Call it before the first request. A folder without an order has sent nothing, so a later run removes it. */
  begin(order: RunOrder): Promise<void>
  order(): Promise<RunOrder>
  note(event: RunEvent): Promise<void>
  events(): AsyncGenerator<RunEvent>
  /** The run is over: nothing of it stays. */
  remove(): Promise<void>
  /** The run may go on later. */
  close(): Promise<void>
}

const [ORDER, JOURNAL] = ['run.json', 'journal.ndjson']

/** Below `parent`, or at exactly `path`. Fails with `file_unwritable`, or with `usage_invalid` if it holds files. */
export async function newRunFolder(place: { parent: string } | { path: string }): Promise<RunFolder> {
  const path = resolve('path' in place ? place.path : join(place.parent, newName()))
  try {
    if ('parent' in place) await removeUnbegun(place.parent)
    await mkdir(path, { recursive: true, mode: 0o700 })
    if ((await readdir(path)).length > 0)
      throw new Failure(
        'usage_invalid',
        `The folder ${path} is not empty. Give another one with --run-folder.`,
      )
    return runFolder(path, await lockFolder(path))
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('file_unwritable', `The folder ${path} cannot be made: ${messageOf(cause)}`, { cause })
  }
}

/** Fails with `run_unusable` if there is no such run, or if another process works on it. */
export async function openRunFolder(parent: string, name: string): Promise<RunFolder> {
  const path = resolve(/[/\\]/.test(name) ? name : join(parent, name))
  if (!(await isBegun(path))) {
    const runs = await runsIn(parent)
    throw new Failure(
      'run_unusable',
      `There is no run ${name} that could go on. A run that is whole has no folder any more. Runs in ${parent}: ${runs.length === 0 ? 'none' : runs.join(', ')}`,
    )
  }
  const lock = await lockFolder(path).catch((cause: unknown) => {
    throw new Failure('run_unusable', `The run ${name} is still going on: ${messageOf(cause)}`, { cause })
  })
  return runFolder(path, lock)
}

async function isBegun(path: string): Promise<boolean> {
  return (await readdir(path).catch((): string[] => [])).includes(ORDER)
}

async function runsIn(parent: string): Promise<readonly string[]> {
  const runs: string[] = []
  for (const name of await readdir(parent).catch((): string[] => []))
    if (await isBegun(join(parent, name))) runs.push(name)
  return runs
}

function newName(): string {
  const [date = '', time = ''] = systemClock.now().toISOString().split(/[T.]/)
  return `${date}-${time.replaceAll(':', '')}-${randomBytes(2).toString('hex')}`
}

// A run that was killed while it copied standard input has sent nothing, and cannot go on.
async function removeUnbegun(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch((): string[] => [])) {
    const path = join(parent, name)
    const lock = (await isBegun(path)) ? undefined : await lockFolder(path).catch(() => undefined)
    if (lock === undefined) continue
    await lock.release()
    await rm(path, { recursive: true, force: true })
  }
}

function runFolder(path: string, lock: FolderLock): RunFolder {
  let journal: FileHandle | undefined
  const close = async (): Promise<void> => {
    await journal?.close()
    journal = undefined
    await lock.release()
  }
  // One after the other, since two slices may end at the same time.
  let last: Promise<void> = Promise.resolve()
  const written = async (event: RunEvent): Promise<void> => {
    journal ??= await open(join(path, JOURNAL), 'a', 0o600)
    // A line that a kill has cut gets an end, so that it does not spoil the next one.
    await journal.appendFile(`\n${writeJson(event)}\n`)
    await journal.datasync()
  }
  return {
    name: basename(path),
    path,
    begin: (order) => writeWhole(path, ORDER, writeJson(order)),
    order: async () => glanceAtJson(await readFile(join(path, ORDER), 'utf8')) as unknown as RunOrder,
    note: (event) => {
      last = last
        .then(() => written(event))
        .catch((cause: unknown) => {
          throw new Failure('file_unwritable', `The run cannot be noted in ${path}: ${messageOf(cause)}`, {
            cause,
          })
        })
      return last
    },
    events: () => eventsIn(join(path, JOURNAL)),
    remove: async () => {
      await close()
      // The order first: with an order but no journal, a run that is killed here would send everything again.
      await rm(join(path, ORDER), { force: true })
      await rm(path, { recursive: true, force: true })
    },
    close,
  }
}

async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const file = await open(join(folder, `${name}.new`), 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(join(folder, `${name}.new`), join(folder, name))
}

async function* eventsIn(path: string): AsyncGenerator<RunEvent> {
  const source = createReadStream(path)
  try {
    for await (const line of createInterface({ input: source, crlfDelay: Infinity })) {
      const event = eventOf(line)
      if (event !== undefined) yield event
    }
  } catch (error) {
    // The first event makes the journal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  } finally {
    source.destroy()
  }
}

/** Undefined for a line that a kill has cut. A run goes on only after the whole line is synced, so no step has used it. */
function eventOf(line: string): RunEvent | undefined {
  try {
    return line === '' ? undefined : (glanceAtJson(line) as unknown as RunEvent)
  } catch {
    return undefined
  }
}
