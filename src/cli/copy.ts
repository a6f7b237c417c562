import { join, resolve } from 'node:path'
import { type Client, newClient } from '../client/client.ts'
import { Failure } from '../domain/failure.ts'
import { ATTRIBUTE_NAMES } from '../domain/profile.ts'
import { type RunResult, runImport } from '../transfer/import-run.ts'
import { newRunFolder, type RunFolder } from '../transfer/run-folder.ts'
import type { OrderedFile, RunOrder } from '../transfer/run-order.ts'
import { usersFileAt } from '../transfer/users-file.ts'
import { type CopiedConnection, planCopy, usersOf } from './copy-plan.ts'
import { exportToFile } from './export.ts'
import { inConnection, progressIn, runIn } from './import.ts'
import { failIfRefused, printResult } from './import-report.ts'
import { needYes } from './options.ts'
import { newProgress, type Progress } from './progress.ts'
import { runCommand } from './run-command.ts'
import { placeOfRun } from './run-folders.ts'
import { targetOf } from './target-options.ts'
import { print, printJson, printTable } from './terminal.ts'

export interface CopyOptions {
  readonly from: string
  readonly to: string
  readonly connection?: readonly string[]
  readonly field?: readonly string[]
  readonly upsert?: true
  readonly rejects?: string
  readonly yes?: true
  readonly json?: true
  readonly runFolder?: string
}

interface Copying {
  readonly options: CopyOptions
  readonly source: Client
  readonly target: Client
  readonly progress: Progress
  readonly signal: AbortSignal
}

export function copyUsers(options: CopyOptions): Promise<void> {
  const progress = newProgress()
  return runCommand(async (signal) => {
    const source = newClient(targetOf({}, options.from), { onWait: progress.say })
    const target = newClient(targetOf({}, options.to), { onWait: progress.say })
    try {
      await copy({ options, source, target, progress, signal })
    } finally {
      progress.stop()
      source.close()
      target.close()
    }
  })
}

async function copy(copying: Copying): Promise<void> {
  const { options } = copying
  const plan = await planCopy(options.connection, copying)
  if (options.yes !== true) await preview(plan, copying)
  const count = plan.reduce((sum, { users }) => sum + users, 0)
  needYes(options.yes, `Nothing was copied. The plan has ${count} users of ${plan.length} connections.`)
  const [broken] = plan.filter(({ problem }) => problem !== undefined)
  if (broken !== undefined)
    throw new Failure('usage_invalid', `${broken.from.name} cannot be copied. ${broken.problem ?? ''}`)
  const folder = await newRunFolder(placeOfRun(options))
  const exported = await exportAll(plan, folder, copying).catch(async (error: unknown) => {
    // No user was imported yet, so there is nothing to go on with.
    await folder.remove()
    throw error
  })
  const result = await importAll(exported, folder, copying)
  // All users are imported, so no later command needs the folder.
  await report(exported, result, copying).finally(() => folder.remove())
  failIfRefused(result)
}

async function preview(
  plan: readonly CopiedConnection[],
  { options, source, target }: Copying,
): Promise<void> {
  const rows = plan.map(({ from, users, to, usersThere, problem }) => ({
    ...{ connection: from.name, users, to: to?.name, users_there: usersThere, problem },
  }))
  if (options.json === true) {
    printJson({ from: source.target.url, to: target.target.url, connections: rows })
    return
  }
  print(`From ${source.target.url} to ${target.target.url}:`)
  await printTable(
    ['connection', 'users', 'to', 'users there', 'problem'],
    rows.map((row) => [row.connection, row.users, row.to ?? '', row.users_there ?? '', row.problem ?? '']),
  )
}

interface ExportedConnection {
  readonly connection: CopiedConnection
  readonly file: OrderedFile
  /** As the source counts them: by the receipt of a Muster, by the lines of the file from Auth0. */
  readonly users: number | undefined
}

async function exportAll(
  plan: readonly CopiedConnection[],
  folder: RunFolder,
  { options, source: client, progress, signal }: Copying,
): Promise<readonly ExportedConnection[]> {
  const exported: ExportedConnection[] = []
  const field = [...ATTRIBUTE_NAMES, ...(options.field ?? [])]
  for (const [number, connection] of plan.entries()) {
    const { from, to } = connection
    if (to === undefined) continue
    const path = join(folder.path, `export-${number}.json.gz`)
    const run = {
      options: { connection: from.id, format: 'json' as const, field, header: true },
      place: { kind: 'file' as const, path },
    }
    const { users } = await exportToFile({ ...run, client, progress, signal })
    // An export without a user has no first character that shows its format.
    const file = await usersFileAt(path, { name: from.name, format: 'ndjson' })
    exported.push({ connection, file: inConnection(file, to), users })
  }
  return exported
}

function importAll(
  exported: readonly ExportedConnection[],
  folder: RunFolder,
  { options, target, progress, signal }: Copying,
): Promise<RunResult> {
  const order: RunOrder = {
    version: 1,
    kind: target.target.kind,
    server: { profile: options.to },
    files: exported.map(({ file }) => file),
    upsert: options.upsert === true ? 'overwrite' : 'no',
    preserve: target.target.kind === 'muster',
    dryRun: false,
    ...(options.rejects === undefined ? {} : { rejects: resolve(options.rejects) }),
  }
  return runIn(folder, progress, async () => {
    await folder.begin(order)
    return runImport({ client: target, folder, onProgress: progressIn(order, progress), signal })
  })
}

/** Fails with `file_incomplete` if another number of users was read than exported. */
async function report(
  exported: readonly ExportedConnection[],
  result: RunResult,
  { options, target, progress, signal }: Copying,
): Promise<void> {
  const copied = []
  for (const { connection, users } of exported) {
    const { from, to, usersThere: before } = connection
    const now = to === undefined || before === undefined ? undefined : await usersOf(to, target, signal)
    copied.push({
      connection: from.name,
      to: to?.name,
      exported: users,
      users_before: before,
      users_now: now,
    })
  }
  progress.stop()
  printResult(result, options.json === true, { copied })
  if (options.json !== true)
    for (const { connection, exported: count, users_before: before, users_now: now } of copied)
      print(
        `${connection}: ${count} exported${before === undefined ? '' : `; ${before} users there before, ${now} now`}`,
      )
  exported.forEach(({ file, users }, n) => {
    const read = result.tallies[n]?.counts.read
    if (users !== undefined && read !== users)
      throw new Failure(
        'file_incomplete',
        `${file.name}: ${users} users were exported and ${read} were imported or refused.`,
      )
  })
}
