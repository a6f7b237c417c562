import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { decodeUsers } from '../decode/decode-users.ts'
import type { Clock } from '../domain/clock.ts'
import type { Connection } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import type { ImportJob, ImportSummary } from '../domain/job.ts'
import type { JobStore, Outcome } from '../jobs/job-store.ts'
import type { ObjectStore, OpenObject } from '../objects/object-store.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import { newNameJudge } from '../users/member-names.ts'
import { newSecretNames } from '../users/secret-names.ts'
import type { BatchOutcome, UserStore } from '../users/user-store.ts'
import { ahead } from './ahead.ts'
import { BATCH_LIMITS, type BatchLimits, type CheckedBatch, checkedBatches } from './checked-batches.ts'
import { type BoundedErrors, boundedErrors, IMPORT_BOUNDS, type ImportBounds } from './import-bounds.ts'
import { type ImportTally, newImportTally } from './import-tally.ts'
import { knownConnection } from './request-job.ts'
import type { Run } from './run.ts'

export interface RunImportDeps {
  readonly jobs: JobStore
  readonly users: UserStore
  readonly connections: ConnectionStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly batchLimits?: BatchLimits
  readonly bounds?: ImportBounds
}

/**
 * While one batch is stored, the next is read and checked. After a kill, the next run skips the batches that are
 * stored: it finds them by their keys. If the file cannot be read to its end, the job fails; the users before stay
 * stored and are counted. Fails with `connection_unknown`, and with `import_unreadable` if there is no file.
 */
export async function runImport(job: ImportJob, deps: RunImportDeps, run: Run): Promise<Outcome> {
  const connection = knownConnection(await deps.connections.find(job.connection?.id ?? ''))
  const file = await fileOf(job, deps.objects)
  const takeTimes = async (count: number): Promise<Date> => {
    const now = deps.clock.now()
    return job.request.dryRun ? now : deps.users.takeTimes(now, count)
  }
  const names = { judge: newNameJudge(), secretNames: newSecretNames() }
  const checking = { request: job.request, connection, takeTimes, ...names }
  const tally = newImportTally(checking)
  const bounded = boundedErrors(deps.bounds ?? IMPORT_BOUNDS)
  try {
    const target = await openTarget(job, connection, deps.users)
    try {
      const { format, csv = {}, by } = job.request
      const entries = decodeUsers(bytesOf(file, run, tally), {
        format,
        csv,
        isVerbatim: by === 'form',
        wantsUser: by === 'stream',
      })
      const batches = checkedBatches(entries, checking, deps.batchLimits ?? BATCH_LIMITS)
      for await (const batch of ahead(batches)) {
        run.signal.throwIfAborted()
        const stored = await target.store(batch)
        const reported = tally.add(batch, stored)
        if (reported.length > 0)
          await deps.jobs.addErrors(job.id, bounded.keep(reported), tally.summary().failed)
        bounded.checkHope({
          unsound: batch.errors.length,
          entries: batch.errors.length + batch.accepted.length,
        })
      }
    } finally {
      await target.close()
    }
    return { kind: 'imported', ...endOf(tally, bounded) }
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'import_unreadable') throw error
    const { summary, details } = endOf(tally, bounded)
    const whole = details === undefined ? error.message : `${error.message} ${details}`
    return { kind: 'failed', details: whole, code: error.code, summary }
  } finally {
    await file.close()
  }
}

function endOf(tally: ImportTally, bounded: BoundedErrors): { summary: ImportSummary; details?: string } {
  const summary = tally.summary()
  const sentences = [tally.details().details, bounded.details(summary)].filter((each) => each !== undefined)
  return sentences.length === 0 ? { summary } : { summary, details: sentences.join(' ') }
}

async function fileOf(job: ImportJob, objects: ObjectStore): Promise<OpenObject> {
  const object = await objects.open(job.request.objectKey)
  if (object === undefined) throw new Failure('import_unreadable', 'The users file is gone.')
  return object
}

// Decoding this many takes about a millisecond. Then the event loop must serve requests and the database connections.
const PIECE_BYTES = 32 * 1024

async function* bytesOf(file: OpenObject, run: Run, tally: ImportTally): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of file.read(0, file.bytes - 1))
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      run.signal.throwIfAborted()
      const piece = chunk.subarray(at, at + PIECE_BYTES)
      yield piece
      bytes += piece.length
      run.report(bytes / file.bytes, { users: tally.summary().total, bytes })
      await nextTurn()
    }
}

interface Target {
  store(batch: CheckedBatch): Promise<BatchOutcome>
  close(): Promise<void>
}

async function openTarget(job: ImportJob, connection: Connection, users: UserStore): Promise<Target> {
  const { upsert, preserve, dryRun } = job.request
  const usersOf = (batch: CheckedBatch) => batch.accepted.map(({ user }) => user)
  if (dryRun) {
    const dry = await users.openDryRun(connection, { upsert, preserve })
    return { store: (batch) => dry.check(usersOf(batch)), close: () => dry.close() }
  }
  const importNumber = importNumberOf(job.id)
  return {
    store: (batch) =>
      users.importBatch({
        key: `${job.id}/${batch.number}`,
        connection,
        users: usersOf(batch),
        upsert,
        preserve,
        importNumber,
      }),
    close: async () => undefined,
  }
}

// One of 2^52 numbers, so two jobs almost never share one. 13 hex digits fit into a safe integer.
function importNumberOf(jobId: string): number {
  return 1 + Number.parseInt(createHash('sha256').update(jobId).digest('hex').slice(0, 13), 16)
}
