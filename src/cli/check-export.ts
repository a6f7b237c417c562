import type { Client } from '../client/client.ts'
import type { Downloaded } from '../client/download.ts'
import { hasStatus, type Job, patiently } from '../client/jobs.ts'
import { textOf } from '../client/refusal.ts'
import { Failure } from '../domain/failure.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import { type Check, checkReceipt, equal } from '../verify/check-receipt.ts'
import { keysIn } from '../verify/read-keys.ts'
import type { Unpacked } from './unpack.ts'

export interface Checking {
  readonly job: Job
  readonly downloaded: Downloaded
  /** Undefined if the file was not unpacked while it came. */
  readonly contents?: Unpacked | undefined
  readonly signal: AbortSignal
}

export interface Checked {
  readonly users?: number | undefined
  /** Undefined for Auth0, which gives no receipts. */
  readonly receipt?: string
}

/** Fails with `file_incomplete` if the file is not the one that the server has made. */
export function checkExport(client: Client, checking: Checking): Promise<Checked> {
  return client.target.kind === 'muster' ? byReceipt(client, checking) : byCount(checking)
}

// The header of a CSV file is a record too, and no user.
async function byCount({ job, contents }: Checking): Promise<Checked> {
  const { records = 0 } = contents ?? {}
  const users = job.format === 'json' ? records : Math.max(records - 1, 0)
  const total = job.summary?.total
  if (total !== undefined) hold([equal('users', users, total)])
  return { users }
}

async function byReceipt(client: Client, checking: Checking): Promise<Checked> {
  const { job, downloaded, contents, signal } = checking
  const receipt = await receiptOf(client, job.id, signal)
  const keys = await patiently(client, () => keysOf(client, signal), signal)
  const { checks, claims } = checkReceipt(receipt, keys)
  if (claims === undefined) return hold(checks)
  const { format, csv } = claims.request
  const headers = format === 'csv' && csv?.header !== false ? 1 : 0
  hold([
    ...checks,
    equal('job', job.id, claims.job_id),
    equal('bytes', downloaded.bytes, claims.bytes),
    equal('SHA-256', downloaded.sha256, claims.sha256),
    equal('counted', claims.counted, claims.users),
    ...(job.summary?.total === undefined ? [] : [equal('total of the job', job.summary.total, claims.users)]),
    ...(contents === undefined
      ? []
      : [
          equal('unpacked bytes', contents.bytes, claims.unpacked_bytes),
          equal('users', contents.records - headers, claims.users),
        ]),
  ])
  return { users: claims.users, receipt }
}

async function receiptOf(client: Client, id: string, signal: AbortSignal): Promise<string> {
  try {
    return await patiently(
      client,
      async () => textOf(await client.open({ path: `jobs/${id}/receipt`, signal })),
      signal,
    )
  } catch (error) {
    if (!hasStatus(error, 404)) throw error
    throw incomplete('The server has no receipt for it.', error)
  }
}

async function keysOf(client: Client, signal: AbortSignal) {
  const answer = await client.link(`${client.target.url}/.well-known/jwks.json`, {}, signal)
  const text = await textOf(answer)
  if (answer.status === 200) return keysIn(glanceAtJson(text))
  throw new Failure('server_failed', `GET /.well-known/jwks.json: the server answered ${answer.status}.`)
}

function hold(checks: readonly Check[]): never | Checked {
  const failed = checks.filter(({ holds }) => !holds)
  if (failed.length === 0) return {}
  throw incomplete(failed.map(({ name, says }) => `${name}: ${says}.`).join(' '))
}

function incomplete(why: string, cause?: unknown): Failure {
  const message = `The file cannot be verified and was not kept. ${why} Run the command again.`
  return new Failure('file_incomplete', message, { cause })
}
