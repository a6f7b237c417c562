import { Command, Option } from 'commander'
import type { Client } from '../client/client.ts'
import { getJob, type Job } from '../client/jobs.ts'
import { entriesOf, firstOf } from '../client/pages.ts'
import { textOf } from '../client/refusal.ts'
import { Failure } from '../domain/failure.ts'
import { JOB_STATUSES, JOB_TYPES } from '../domain/job.ts'
import { watched } from './export-job.ts'
import { countOption, examples, needMuster, needYes } from './options.ts'
import { writeOut } from './output.ts'
import { newProgress } from './progress.ts'
import { withClient } from './run-command.ts'
import { type TargetOptions, withTarget } from './target-options.ts'
import { print, printJson, printMembers, printTable, tell } from './terminal.ts'

interface JobsOptions extends TargetOptions {
  readonly json?: boolean
  readonly yes?: boolean
  readonly output?: string
  readonly type?: string
  readonly status?: string
  readonly limit?: number
}

export function jobsCommand(): Command {
  const jobs = new Command('jobs').description('List, show, watch, cancel and delete jobs; get receipts')
  for (const command of [list(), show(), watch(), cancel(), remove(), receipt()]) jobs.addCommand(command)
  return jobs.addHelpText('after', examples('jobs list', 'jobs show JOB'))
}

function list(): Command {
  return withTarget(new Command('list').description('List jobs, newest first'))
    .addOption(new Option('--type <type>', 'only jobs of this type').choices(JOB_TYPES))
    .addOption(new Option('--status <status>', 'only jobs that have this status').choices(JOB_STATUSES))
    .addOption(countOption('--limit <jobs>', 'at most so many').default(50))
    .option('--json', 'print JSON')
    .addHelpText('after', examples('jobs list', 'jobs list --type users_export --status completed --limit 5'))
    .action((options: JobsOptions) =>
      withClient(options, async (client, signal) => {
        needMuster(client, 'list of jobs', 'With Auth0, use: muster jobs show JOB')
        const { type, status } = options
        const all = entriesOf<Job>(client, {
          path: 'jobs',
          member: 'jobs',
          query: { type, status },
          signal,
        })
        const jobs = await firstOf(all, options.limit)
        if (options.json === true) return printJson(jobs)
        await printTable(
          ['id', 'type', 'status', 'users', 'connection', 'created'],
          jobs.map((job) => [
            job.id,
            job.type,
            job.status,
            job.summary?.total,
            job.connection,
            job.created_at,
          ]),
        )
      }),
    )
}

function show(): Command {
  return withTarget(
    new Command('show').description('Show a job, with a new link if it is a completed export'),
  )
    .argument('<job>', 'the id of the job')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('jobs show JOB', 'jobs show JOB --json'))
    .action((id: string, options: JobsOptions) =>
      withClient(options, async (client, signal) => {
        const job = await jobOf(client, id, signal)
        if (options.json === true) printJson(job)
        else printMembers(job)
      }),
    )
}

function watch(): Command {
  return withTarget(new Command('watch').description('Follow a job until it ends'))
    .argument('<job>', 'the id of the job')
    .option('--json', 'print the job as JSON when it has ended')
    .addHelpText(
      'after',
      `\nCtrl-C ends the watching. The job goes on.\n${examples('jobs watch JOB', 'jobs watch JOB --json')}`,
    )
    .action((id: string, options: JobsOptions) => {
      const progress = newProgress()
      const follow = async (client: Client, signal: AbortSignal): Promise<void> => {
        // Without this, a job that does not exist would look like one that was deleted while it was watched.
        await jobOf(client, id, signal)
        const job = await watched({ id: encodeURIComponent(id) }, { client, progress, signal }).finally(
          progress.stop,
        )
        if (options.json === true) printJson(job)
        else printMembers(job)
      }
      return withClient(options, follow, progress.say)
    })
}

function jobOf(client: Client, id: string, signal: AbortSignal): Promise<Job> {
  return getJob(client, encodeURIComponent(id), signal)
}

function pathOf(id: string): string {
  return `jobs/${encodeURIComponent(id)}`
}

function cancel(): Command {
  return withTarget(new Command('cancel').description('Stop a job that has not ended, and delete it'))
    .argument('<job>', 'the id of the job')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('jobs cancel JOB', 'jobs cancel JOB --json'))
    .action((id: string, options: JobsOptions) =>
      withClient(options, async (client, signal) => {
        needMuster(client, 'way to cancel a job', 'Its jobs end by themselves.')
        const job = await jobOf(client, id, signal)
        if (job.status !== 'pending' && job.status !== 'processing')
          throw new Failure(
            'usage_invalid',
            `The job ${id} has ended: it is ${job.status}. To remove it and its file: muster jobs delete ${id} --yes`,
          )
        await deleteJob(client, id, signal)
        report({ job, options, done: 'Cancelled', rest: imported(job) })
      }),
    )
}

function remove(): Command {
  return withTarget(new Command('delete').description('Delete a job and its files, and stop it if it runs'))
    .argument('<job>', 'the id of the job')
    .option('--yes', 'do it')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('jobs delete JOB --yes', 'jobs delete JOB --yes --json'))
    .action((id: string, options: JobsOptions) =>
      withClient(options, async (client, signal) => {
        needMuster(client, 'way to delete a job', 'Its jobs are gone after a day.')
        const job = await jobOf(client, id, signal)
        needYes(options.yes, `This deletes the job ${id} (${job.type}, ${job.status}) and its files.`)
        await deleteJob(client, id, signal)
        report({ job, options, done: 'Deleted', rest: imported(job) })
      }),
    )
}

function deleteJob(client: Client, id: string, signal: AbortSignal): Promise<void> {
  return client.json({ method: 'DELETE', path: pathOf(id), signal })
}

function imported({ type, status }: Job): string {
  return type === 'users_import' && status !== 'pending' ? ' The users that it has stored stay.' : ''
}

function report({
  job,
  options,
  done,
  rest,
}: {
  readonly job: Job
  readonly options: JobsOptions
  readonly done: string
  readonly rest: string
}): void {
  if (options.json === true) printJson({ id: job.id, type: job.type, was: job.status })
  else tell(`${done} ${job.id}.${rest}`)
}

function receipt(): Command {
  return withTarget(new Command('receipt').description('Get the signed receipt of a completed export'))
    .argument('<job>', 'the id of the job')
    .option('--output <file>', 'write it to a file instead of standard output')
    .option('--json', 'print what it says, as JSON; this is not signed')
    .addHelpText('after', examples('jobs receipt JOB --output receipt.jws', 'jobs receipt JOB --json'))
    .action((id: string, options: JobsOptions) =>
      withClient(options, async (client, signal) => {
        needMuster(client, 'receipts', 'Check the number of users instead.')
        const jws = await textOf(await client.open({ path: `${pathOf(id)}/receipt`, signal }))
        if (options.output !== undefined)
          await writeOut([Buffer.from(jws)], { output: options.output, signal })
        if (options.json === true) printJson(await claimsOf(jws))
        else if (options.output === undefined) print(jws)
        else
          tell(
            `The receipt is in ${options.output}. Check a file with: muster verify FILE ${options.output} --jwks KEYS`,
          )
      }),
    )
}

async function claimsOf(jws: string): Promise<object> {
  const { readReceipt } = await import('../verify/read-receipt.ts')
  const read = readReceipt(jws)
  if (!('problem' in read)) return read.claims
  throw new Failure('server_unexpected', `The server's receipt cannot be read: ${read.problem}.`)
}
