import { type Downloaded, download } from '../client/download.ts'
import { getJob, type Job, patiently } from '../client/jobs.ts'
import { Failure } from '../domain/failure.ts'
import { checkExport } from './check-export.ts'
import { begunAt, type Files, newFiles, type Stage, temporaryOf, type WrittenFile } from './export-files.ts'
import { type Place, pathIn } from './export-place.ts'
import { isArray } from './export-request.ts'
import type { Run } from './export-run.ts'
import { newStdout } from './export-stdout.ts'
import { newArrays } from './json-arrays.ts'
import { counted } from './progress.ts'
import { newUnpacking, type Unpacking } from './unpack.ts'
import { unwritable } from './unwritable.ts'
import { writeWhole } from './write-whole.ts'

export interface Exported {
  readonly job: Job
  readonly files: readonly WrittenFile[]
  readonly users: number | undefined
  /** True if a receipt proves the file. Auth0 gives no receipts. */
  readonly verified: boolean
  readonly downloaded: Downloaded
  /** Path of the saved receipt, if --receipt was given. */
  readonly receipt: string | undefined
}

/** Downloads, checks, and only then gives the file its name. */
export async function downloadExport(completed: Job, run: Run): Promise<Exported> {
  const { client, place, signal } = run
  if (place.kind === 'stdout') return toStdout(completed, run)
  const job = await patiently(client, () => getJob(client, completed.id, signal), signal)
  return toFiles(job, await filesFor(job, place, run), run)
}

async function toStdout(job: Job, run: Run): Promise<Exported> {
  const stages = newStages(job, newStdout(), run)
  const { downloaded, users, verified } = await checkedDownload(job, stages, run)
  const bytes = stages.unpacking?.contents().bytes ?? downloaded.bytes
  return { job, downloaded, users, verified, files: [{ path: 'standard output', bytes }], receipt: undefined }
}

interface NamedFiles {
  readonly path: string
  readonly files: Files
  readonly begun: Awaited<ReturnType<typeof begunAt>>
}

async function filesFor(job: Job, place: Exclude<Place, { kind: 'stdout' }>, run: Run): Promise<NamedFiles> {
  const isUnpacked = isUnpackedBy(run)
  const path = pathIn(place, { link: job.location, format: job.format ?? 'csv', isUnpacked })
  // gzip can be unpacked only from the first byte, so such a download begins again.
  const begun = isUnpacked ? undefined : await begunAt(path, job.id)
  const isSeries = run.options.maxBytes !== undefined
  return { path, begun, files: await newFiles({ path, jobId: job.id, isSeries, begun }) }
}

function isUnpackedBy({ options }: Run): boolean {
  return options.gunzip === true || isArray(options)
}

async function toFiles(job: Job, { path, files, begun }: NamedFiles, run: Run): Promise<Exported> {
  try {
    if (begun !== undefined)
      run.progress.say(`Going on after ${counted(begun.bytes)} bytes of an earlier run.`)
    const checked = await checkedDownload(job, newStages(job, files, run), run, begun)
    run.signal.throwIfAborted()
    const { downloaded, users, verified } = checked
    const receipt =
      run.options.receipt === true ? await savedReceipt(path, job.id, checked.receipt) : undefined
    return { job, downloaded, users, verified, receipt, files: await files.publish() }
  } catch (error) {
    throw await leftBehind(error, { path, job, files, run })
  }
}

interface Stages {
  readonly first: Stage
  readonly unpacking: Unpacking | undefined
}

function newStages(job: Job, last: Stage & Partial<Files>, run: Run): Stages {
  const { options, client } = run
  const csv = { hasQuotes: job.format !== 'json' }
  if (isUnpackedBy(run)) {
    const unpacking = newUnpacking(isArray(options) ? newArrays(last, options) : last, csv)
    return { first: unpacking, unpacking }
  }
  if (client.target.kind === 'muster') return { first: last, unpacking: undefined }
  // Auth0 gives neither a count nor a hash. Unpacking proves that the file is whole, and counts.
  const unpacking = newUnpacking(NOWHERE, csv)
  return { first: both(last, unpacking), unpacking }
}

const NOWHERE: Stage = {
  write: async () => undefined,
  restart: async () => undefined,
  end: async () => undefined,
}

function both(one: Stage, other: Stage): Stage {
  const each = async (work: (stage: Stage) => Promise<void>): Promise<void> => {
    await work(one)
    await work(other)
  }
  return {
    write: (chunk) => each((stage) => stage.write(chunk)),
    restart: () => each((stage) => stage.restart()),
    end: () => each((stage) => stage.end()),
  }
}

async function checkedDownload(
  job: Job,
  { first, unpacking }: Stages,
  run: Run,
  begun?: NamedFiles['begun'],
): Promise<Pick<Exported, 'downloaded' | 'users' | 'verified'> & { receipt?: string | undefined }> {
  const { client, signal, progress } = run
  let length: number | undefined
  const downloaded = await download(client, job.id, {
    sink: first,
    signal,
    ...(begun === undefined ? {} : { begun }),
    onLength: (bytes) => {
      length = bytes
    },
    onBytes: (bytes) => {
      const whole = length === undefined ? '' : ` of ${counted(length)}`
      progress.show(length && bytes / length, `downloading, ${counted(bytes)}${whole} bytes`)
    },
    onCut: progress.say,
  })
  await first.end()
  const contents = unpacking?.contents()
  const { users, receipt } = await checkExport(client, { job, downloaded, contents, signal })
  return { downloaded, users, receipt, verified: receipt !== undefined }
}

async function savedReceipt(path: string, jobId: string, receipt = ''): Promise<string> {
  const name = `${path}.receipt`
  try {
    await writeWhole(name, receipt, { temporary: temporaryOf(name, jobId) })
    return name
  } catch (cause) {
    throw unwritable(name, cause)
  }
}

interface Left {
  readonly path: string
  readonly job: Job
  readonly files: Files
  readonly run: Run
}

/** The failure with what to do next. The temporary file stays only if a later run can go on with it. */
async function leftBehind(error: unknown, { path, job, files, run }: Left): Promise<unknown> {
  const isOver =
    !(error instanceof Failure) || error.code === 'file_incomplete' || error.code === 'usage_invalid'
  const isCancelled = run.signal.aborted && run.options.job === undefined
  if (isOver || isCancelled || isUnpackedBy(run)) await files.discard()
  else await files.keep()
  if (isOver || isCancelled || error.code === 'job_failed') return error
  const { code, message, cause, members } = error
  return new Failure(code, `${message}\n${whatNext(path, job, run)}`, { cause, members })
}

function whatNext(path: string, job: Job, run: Run): string {
  const { gunzip, jsonArray, maxBytes, receipt } = run.options
  const flags = [
    ...(gunzip === true ? ['--gunzip'] : []),
    ...(jsonArray === true ? ['--json-array'] : []),
    ...(maxBytes === undefined ? [] : [`--max-bytes ${maxBytes}`]),
    ...(receipt === true ? ['--receipt'] : []),
  ]
  const command = ['muster export', `--job ${job.id}`, `--output ${path}`, ...flags].join(' ')
  return isUnpackedBy(run)
    ? `The server keeps the export for 24 hours. Download it again with: ${command}`
    : `What was downloaded stays in ${temporaryOf(path, job.id)}. Go on with: ${command}`
}
