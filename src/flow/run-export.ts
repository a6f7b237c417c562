import type { ExportFormat } from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import { type ExportJob, objectPrefix, type Receipt } from '../domain/job.ts'
import { emptyMember, type GzipOptions, gzipEncoder } from '../encode/gzip-members.ts'
import type { Member } from '../encode/gzip-press.ts'
import { inOrder } from '../encode/in-order.ts'
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
  readonly gzip: GzipOptions
  /** What is exported when the request names no fields. */
  readonly defaultFields: readonly string[]
  readonly fileName: (format: ExportFormat) => string
}

// Members that a range may have ready before its turn. With 1 MiB of lines a member, about 2 MiB compressed.
const MEMBERS_AHEAD = 8

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
    const file = encodedFile({ plan, snapshot, gzip: deps.gzip, run })
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
  readonly gzip: GzipOptions
  readonly run: Run
}

// Ends in the count: a file that is not whole fails here, before the store has made it visible (promise 2).
async function* encodedFile(encoding: Encoding): AsyncGenerator<Uint8Array> {
  const { snapshot } = encoding
  let isEmpty = true
  for await (const member of inOrder(members(encoding), {
    ahead: snapshot.parallel + 1,
    chunksMax: MEMBERS_AHEAD,
  })) {
    isEmpty = false
    yield member.bytes
    member.release()
  }
  if (isEmpty) yield emptyMember()
  const { rows, counted } = snapshot.counts()
  if (rows === counted) return
  throw new Failure('rows_miscounted', `The file holds ${rows} users where the database counted ${counted}.`)
}

function members({ plan, snapshot, gzip, run }: Encoding): (() => AsyncIterable<Member>)[] {
  const headings = snapshot.columns.map((column) => column.heading)
  const header = plan.format === 'csv' ? csvHeader(headings, plan.csv) : ''
  const encoded = gzipEncoder(gzip)
  if (snapshot.ranges.length === 0) return [() => encoded(led(header))]
  let done = 0
  async function* lines(range: unknown, index: number): AsyncGenerator<Uint8Array> {
    yield* led(index === 0 ? header : '', snapshot.read(range))
    run.report(++done / snapshot.ranges.length)
  }
  return snapshot.ranges.map((range, index) => () => encoded(lines(range, index)))
}

async function* led(header: string, lines?: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (header !== '') yield Buffer.from(header)
  if (lines !== undefined) yield* lines
}
