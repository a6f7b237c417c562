import type { Client } from '../client/client.ts'
import { getJob, hasStatus, type Job } from '../client/jobs.ts'
import { Failure } from '../domain/failure.ts'
import { downloadExport, type Exported } from './export-download.ts'
import { nameOf } from './export-files.ts'
import { startedJob, watched } from './export-job.ts'
import { placeOf } from './export-place.ts'
import { checkOptions, type ExportOptions, isArray } from './export-request.ts'
import type { Run } from './export-run.ts'
import { counted, newProgress, usersIn } from './progress.ts'
import { withClient } from './run-command.ts'
import { print } from './terminal.ts'

export function exportUsers(options: ExportOptions): Promise<void> {
  const progress = newProgress()
  const work = async (client: Client, signal: AbortSignal): Promise<void> => {
    try {
      checkOptions(options, client.target.kind)
      const place = await placeOf(options.output)
      const run = { options, client, progress, signal, place }
      const exported = await (options.job === undefined ? exportToFile(run) : ofJob(run, options.job))
      report(exported, run)
    } finally {
      progress.stop()
    }
  }
  return withClient(options, work, progress.say)
}

/** Resolves when the file of a new export is there and verified. An abort cancels the export. */
export async function exportToFile(run: Run): Promise<Exported> {
  const { job, cancel } = await startedJob(run)
  try {
    run.signal.throwIfAborted()
    return await downloadExport(await watched(job, run), run)
  } catch (error) {
    if (run.signal.aborted) await cancel()
    throw error
  }
}

/** Someone else may wait for this job, so Ctrl-C does not cancel it. */
async function ofJob(run: Run, id: string): Promise<Exported> {
  const job = await foundJob(run, id)
  if (job.type !== 'users_export')
    throw new Failure('usage_invalid', `--job expects an export; ${id} is a job of the type ${job.type}.`)
  if (isArray(run.options) && job.format !== 'json')
    throw new Failure(
      'usage_invalid',
      `--json-array expects an export with the format json; ${id} has ${job.format}.`,
    )
  return downloadExport(await watched(job, run), run)
}

async function foundJob({ client, signal }: Run, id: string): Promise<Job> {
  try {
    return await getJob(client, encodeURIComponent(id), signal)
  } catch (error) {
    if (!hasStatus(error, 404)) throw error
    throw new Failure(
      'job_failed',
      `The server knows no job ${id}. It forgets a job after one or two days. Export again without --job.`,
      { cause: error },
    )
  }
}

function report(
  { job, files, users, verified, downloaded, receipt }: Exported,
  { options, progress, place }: Run,
): void {
  progress.stop()
  if (options.json === true) {
    const summary = {
      ...{ job: job.id, files, users, verified },
      ...{ downloaded_bytes: downloaded.bytes, sha256: downloaded.sha256 },
      ...{ until: job.until, receipt },
    }
    print(JSON.stringify(summary, undefined, 2))
    return
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const how = verified ? 'verified by its receipt' : 'unpacked without an error; Auth0 gives no receipt'
  const amounts = [users === undefined ? [] : usersIn(users), `${counted(bytes)} bytes`].flat()
  const sentence = `${nameOf(files)}: ${amounts.join(', ')}, ${how}`
  if (place.kind === 'stdout') progress.say(sentence)
  else print(sentence)
}
