import { createWriteStream } from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Client } from '../client/client.ts'
import { Failure } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import type { CsvReading, ImportFormat } from '../domain/import-request.ts'
import { checkForAuth0, type RunResult, runImport } from '../transfer/import-run.ts'
import { newRunFolder, openRunFolder, type RunFolder } from '../transfer/run-folder.ts'
import type { OrderedFile, RunOrder } from '../transfer/run-order.ts'
import type { Sending } from '../transfer/sending.ts'
import { type UsersFile, usersFileAt } from '../transfer/users-file.ts'
import { connectionNamed } from './connection-named.ts'
import { allConnections, type Connection } from './connections.ts'
import { delimiterOf } from './export-request.ts'
import { failIfRefused, printResult } from './import-report.ts'
import { DEFAULT_PROFILE } from './profiles.ts'
import { counted, newProgress, type Progress } from './progress.ts'
import { runCommand, speakingWith } from './run-command.ts'
import { placeOfRun, runsFolder } from './run-folders.ts'
import { type TargetOptions, targetOf } from './target-options.ts'

export interface ImportOptions extends TargetOptions {
  readonly connection?: string
  readonly upsert?: true
  readonly merge?: true
  readonly preserve?: true
  readonly dryRun?: true
  readonly rejects?: string
  readonly format?: ImportFormat
  readonly guard?: NonNullable<CsvReading['guard']>
  readonly delimiter?: ',' | ';' | 'tab'
  readonly json?: true
  readonly runFolder?: string
  readonly continue?: string
}

export function importUsers(files: readonly string[], options: ImportOptions): Promise<void> {
  const progress = newProgress()
  return runCommand(async (signal) => {
    const command = { options, progress, signal }
    try {
      if (options.continue === undefined) await importNew(files, command)
      else await goOn(options.continue, files, command)
    } finally {
      progress.stop()
    }
  })
}

interface ImportCommand {
  readonly options: ImportOptions
  readonly progress: Progress
  readonly signal: AbortSignal
}

async function importNew(names: readonly string[], command: ImportCommand): Promise<void> {
  const { options, progress } = command
  if (names.length === 0)
    throw new Failure('usage_invalid', 'No file is named. Give one, or - for standard input.')
  await speakingWith(targetOf(options), progress.say, async (client) => {
    refuseForeign(client, options)
    const folder = await newRunFolder(placeOfRun(options))
    const order = await orderOf(names, { client, folder, ...command }).catch(async (error: unknown) => {
      // Nothing was sent yet, so there is nothing to go on with.
      await folder.remove()
      throw error
    })
    await runOrder({ client, folder, order, ...command })
  })
}

/** Called before the first request, so that no run begins which the server cannot do. */
function refuseForeign({ target }: Client, { preserve, merge }: ImportOptions): void {
  if (target.kind === 'muster') return
  if (preserve)
    throw new Failure(
      'usage_invalid',
      'Auth0 does not take ids, identities and timestamps, so --preserve is for a Muster. Without it they are left out.',
    )
  if (merge)
    throw new Failure(
      'usage_invalid',
      'Auth0 always overwrites metadata, so --merge is for a Muster. Give --upsert.',
    )
}

interface Ordering extends ImportCommand {
  readonly client: Client
  readonly folder: RunFolder
}

async function orderOf(
  names: readonly string[],
  { client, folder, options, signal }: Ordering,
): Promise<RunOrder> {
  const connection = connectionNamed(await allConnections(client, signal), options.connection)
  const files: OrderedFile[] = []
  for (const name of names)
    files.push(inConnection(await fileNamed(name, { folder, options, signal }), connection))
  if (options.rejects !== undefined) refuseMixed(files)
  const csv = csvOf(options)
  return {
    version: 1,
    kind: client.target.kind,
    server: serverOf(options),
    files,
    upsert: options.merge ? 'merge' : options.upsert ? 'overwrite' : 'no',
    preserve: options.preserve ?? false,
    dryRun: options.dryRun ?? false,
    ...(csv === undefined ? {} : { csv }),
    ...(options.rejects === undefined ? {} : { rejects: resolve(options.rejects) }),
  }
}

export function inConnection(file: UsersFile, { id, name }: Connection): OrderedFile {
  return { ...file, connectionId: id, connection: name }
}

/** Standard input is copied to the run's folder: a run that goes on must read it again. */
async function fileNamed(
  name: string,
  { folder, options, signal }: Omit<Ordering, 'client' | 'progress'>,
): Promise<UsersFile> {
  const { format } = options
  if (name !== '-') return usersFileAt(resolve(name), { name, format })
  const path = join(folder.path, 'standard-input')
  await pipeline(process.stdin, createWriteStream(path, { mode: 0o600, flags: 'wx' }), { signal }).catch(
    (cause: unknown) => {
      signal.throwIfAborted()
      throw new Failure('file_unwritable', `Standard input cannot be copied to ${path}: ${String(cause)}`, {
        cause,
      })
    },
  )
  return usersFileAt(path, { name, format })
}

// The refused entries are one file, so they have one format and one header.
function refuseMixed(files: readonly UsersFile[]): void {
  const formats = new Set(files.map(({ format }) => format))
  if (formats.size <= 1 && !(formats.has('csv') && files.length > 1)) return
  throw new Failure(
    'usage_invalid',
    'With --rejects give files of one format, and only one CSV file: the refused entries are one file.',
  )
}

function csvOf({ guard, delimiter }: ImportOptions): CsvReading | undefined {
  if (guard === undefined && delimiter === undefined) return undefined
  return given({ guard, delimiter: delimiterOf(delimiter) })
}

/** Stored without secrets. A run that goes on takes those from the profile or from the variables. */
export function serverOf(options: TargetOptions): Readonly<Record<string, string>> {
  const { url, domain, clientId, audience, caFile } = options
  const isNamed = url !== undefined || domain !== undefined
  const profile = options.profile ?? (isNamed ? undefined : DEFAULT_PROFILE)
  return given({
    url,
    domain,
    clientId,
    audience,
    profile,
    caFile: caFile === undefined ? undefined : resolve(caFile),
  })
}

async function goOn(run: string, names: readonly string[], command: ImportCommand): Promise<void> {
  const { options, progress } = command
  if (names.length > 0)
    throw new Failure('usage_invalid', 'A run knows its files. Give --continue without files.')
  const folder = await openRunFolder(runsFolder(), run)
  const order = await folder.order()
  const { clientId, clientSecret, token } = options
  const saved: TargetOptions = order.server
  if (clientId !== undefined && saved.clientId !== undefined && clientId !== saved.clientId) {
    await folder.close()
    throw new Failure(
      'run_unusable',
      `The client ${saved.clientId} has begun the run, and must finish it: the server knows requests of ${clientId} as others.`,
    )
  }
  // What a profile gives is not changed by variables, which may be those of another server.
  const isOfProfile = saved.profile !== undefined && saved.clientId === undefined
  const credentials = isOfProfile ? {} : given({ clientId, clientSecret, token })
  await speakingWith(targetOf({ ...saved, ...credentials }), progress.say, (client) =>
    runOrder({ client, folder, order, ...command, isBegun: true }),
  )
}

interface Running extends Ordering {
  readonly order: RunOrder
  readonly isBegun?: boolean
}

async function runOrder({
  client,
  folder,
  order,
  options,
  progress,
  signal,
  isBegun,
}: Running): Promise<void> {
  const sendAll = async (): Promise<RunResult> => {
    if (isBegun !== true) await folder.begin(order)
    return runImport({ client, folder, onProgress: progressIn(order, progress), signal })
  }
  const isSent = order.kind === 'muster' || !order.dryRun
  const result = await (isSent ? runIn(folder, progress, sendAll) : checkHere(order, folder))
  progress.stop()
  // In this order, so that a kill in between loses no result.
  printResult(result, options.json === true)
  await folder.remove()
  failIfRefused(result)
}

/** A check without a server needs no run to go on with, so its folder does not stay. */
function checkHere(order: RunOrder, folder: RunFolder): Promise<RunResult> {
  return checkForAuth0(order).catch(async (error: unknown) => {
    await folder.remove()
    throw error
  })
}

/** If the work fails, the folder stays and the person reads how to go on. */
export async function runIn(
  folder: RunFolder,
  progress: Progress,
  work: () => Promise<RunResult>,
): Promise<RunResult> {
  progress.say(`Run ${continued(folder)}`)
  try {
    return await work()
  } catch (error) {
    await folder.close()
    progress.say(
      `The run is noted in ${folder.path}. Go on with: muster import --continue ${continued(folder)}`,
    )
    throw error
  }
}

function continued({ name, path }: RunFolder): string {
  return join(runsFolder(), name) === path ? name : path
}

/** A Muster reports the users of a file so far. For Auth0 each call has the users of one slice only. */
export function progressIn({ kind, files }: RunOrder, progress: Progress): Sending['onProgress'] {
  let sent = 0
  return ({ file, users, share }) => {
    sent = kind === 'muster' ? users : sent + users
    progress.show(share, `${files[file]?.name ?? ''}: ${counted(sent)} users`)
  }
}
