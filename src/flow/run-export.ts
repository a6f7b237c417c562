import { Readable } from 'node:stream'
import type { ExportFormat } from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import { type ExportJob, objectPrefix, type Receipt } from '../domain/job.ts'
import type { Compressor, Part } from '../encode/compressor.ts'
import { withoutLineSeparators } from '../encode/line-separators.ts'
import { newTally } from '../encode/tally.ts'
import type { Outcome } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { type ExportPlan, planExport } from '../plan/export-plan.ts'
import { csvHeader } from '../rows/csv-header.ts'
import type { RowSource, Snapshot } from '../rows/row-source.ts'
import type { Run } from './run.ts'

export interface RunExportDeps {
  readonly rows: RowSource
  readonly objects: ObjectStore
  readonly compress: Compressor
  /** What is exported when the request names no fields. */
  readonly defaultFields: readonly string[]
  readonly fileName: (format: ExportFormat) => string
}

/** From a job to a finished file: the whole product, in the order in which the bytes travel. */
export async function runExport(job: ExportJob, deps: RunExportDeps, run: Run): Promise<Outcome> {
  const plan = planExport(job.request, {
    connectionId: job.connection?.id,
    defaultFields: deps.defaultFields,
  })
  const snapshot = await deps.rows.open(plan)
  try {
    const tally = newTally()
    // The fence is part of the key: a worker that lost its job cannot touch its successor's file.
    const objectKey = `${objectPrefix(job.id)}${run.fence}/${deps.fileName(plan.format)}`
    const file = encodedFile({ plan, snapshot, compress: deps.compress, run })
    await deps.objects.put(objectKey, tally.watch(file), run.signal)
    const { rows } = snapshot.counts()
    return { kind: 'exported', objectKey, receipt: { rows, ...tally.total(), ...untilOf(plan, snapshot) } }
  } finally {
    await snapshot.close()
  }
}

// Not with a limit: whom it has cut off, the next export of changes would not tell.
function untilOf({ limit }: ExportPlan, { moment }: Snapshot): Pick<Receipt, 'until'> {
  return limit === undefined ? { until: moment.toISOString() } : {}
}

interface Encoding {
  readonly plan: ExportPlan
  readonly snapshot: Snapshot
  readonly compress: Compressor
  readonly run: Run
}

// Ends in the count: a file that is not whole fails here, before the store has made it visible (promise 2).
async function* encodedFile(encoding: Encoding): AsyncGenerator<Uint8Array> {
  const { snapshot, compress, run } = encoding
  const progress = newProgress(snapshot.ranges.length)
  // One part more than can be read: who is done need not wait for the file to come that far.
  const file = compress(parts(encoding, progress), snapshot.parallel + 1, run.signal)
  for await (const { bytes, release } of file) {
    yield bytes
    release()
    // Bytes that move are a sign of life, though no further range is done.
    run.report(progress.fraction())
  }
  const { rows, counted } = snapshot.counts()
  if (rows === counted) return
  throw new Failure('rows_miscounted', `The file holds ${rows} users where the database counted ${counted}.`)
}

interface RangeProgress {
  readonly done: () => void
  readonly fraction: () => number
}

function newProgress(ranges: number): RangeProgress {
  let done = 0
  return {
    done: () => {
      done++
    },
    fraction: () => (ranges === 0 ? 1 : done / ranges),
  }
}

function* parts({ plan, snapshot, run }: Encoding, progress: RangeProgress): Generator<Part> {
  const headings = snapshot.columns.map((column) => column.heading)
  let lead = plan.format === 'csv' ? csvHeader(headings, plan.csv) : ''
  for (const range of snapshot.ranges) {
    const header = lead
    lead = ''
    yield async function* () {
      const lines = snapshot.read(range)
      yield* behind(header, plan.format === 'json' ? withoutLineSeparators(lines) : lines)
      progress.done()
      run.report(progress.fraction())
    }
  }
  // Nobody: a header alone.
  if (lead !== '') yield () => Readable.from([Buffer.from(lead)])
}

// The lead waits for what it leads: were the part whose turn it is the last to ask for a connection, those behind it
// would have them all, and wait for it with what they have read.
async function* behind(lead: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let due = lead
  for await (const chunk of source) {
    if (due !== '') yield Buffer.from(due)
    due = ''
    yield chunk
  }
  if (due !== '') yield Buffer.from(due)
}
