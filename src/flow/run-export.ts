import type { Compressor, Input } from '../compress/compressor.ts'
import { newTally, type Tally } from '../compress/tally.ts'
import { abortableWithin } from '../domain/abort.ts'
import { Failure } from '../domain/failure.ts'
import type { ExportJob, Receipt } from '../domain/job.ts'
import { allOwned, type Lent, owned } from '../domain/lent.ts'
import { exportFileKey } from '../domain/object-key.ts'
import type { Lines } from '../formats/format.ts'
import { FORMATS } from '../formats/formats.ts'
import type { Outcome } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { type ExportPlan, planExport } from '../plan/export-plan.ts'
import type { RowSource, Snapshot } from '../rows/row-source.ts'
import type { Brake, NewBrake } from './brake.ts'
import type { Run } from './run.ts'

export interface RunExportDeps {
  readonly rows: RowSource
  readonly objects: ObjectStore
  readonly compress: Compressor
  readonly defaultFields: readonly string[]
  readonly tenant: string
  /** If absent, exports read as fast as they can. */
  readonly brakes?: NewBrake
}

export async function runExport(job: ExportJob, deps: RunExportDeps, run: Run): Promise<Outcome> {
  const plan = planExport(job.request, {
    connectionId: job.connection?.id,
    defaultFields: deps.defaultFields,
  })
  const snapshot = await deps.rows.open(plan, run.signal)
  // A read that waits at the brake must end with the run, also if the store or the compressor has failed.
  const leaving = abortableWithin(run.signal)
  try {
    const tally = newTally()
    // The fence is part of the key: a worker that lost its job cannot touch its successor's file.
    const fileName = `${deps.tenant}.${FORMATS[plan.format].extension}`
    const objectKey = exportFileKey(job.id, run.fence, fileName)
    const told = { snapshot, tally, run }
    const brake = deps.brakes?.(leaving.signal, () => report(told))
    const file = encodedFile({ plan, ...told, compress: deps.compress, brake })
    await deps.objects.put(objectKey, tally.watch(file), run.signal)
    return { kind: 'exported', objectKey, receipt: receiptOf(plan, snapshot, tally) }
  } finally {
    leaving.abort()
    leaving.release()
    await snapshot.close()
  }
}

function receiptOf(plan: ExportPlan, snapshot: Snapshot, tally: Tally): Receipt {
  const columns = snapshot.columns.map(({ heading }) => heading)
  const snapshotAt = snapshot.moment.toISOString()
  const sources = snapshot.parts?.map(({ source, moment, counts }) => ({
    source,
    snapshotAt: moment.toISOString(),
    ...counts(),
  }))
  return {
    ...snapshot.counts(),
    ...tally.total(),
    columns,
    snapshotAt,
    ...(sources === undefined ? {} : { sources }),
    ...untilOf(plan, snapshot),
  }
}

// An export with a limit gets no `until`. A chain from there would never export the users that the limit has left out.
function untilOf({ limit }: ExportPlan, { moment, isLast }: Snapshot): Pick<Receipt, 'until'> {
  return limit === undefined && isLast !== true ? { until: moment.toISOString() } : {}
}

interface Encoding {
  readonly plan: ExportPlan
  readonly snapshot: Snapshot
  readonly compress: Compressor
  readonly tally: Tally
  readonly run: Run
  readonly brake: Brake | undefined
}

// The count is compared after the last byte, before the store makes the file visible. So an incomplete file is never
// visible (promise 2).
async function* encodedFile(encoding: Encoding): AsyncGenerator<Lent> {
  const { snapshot } = encoding
  for await (const chunk of fileOf(encoding)) {
    yield chunk
    // A large range takes long. Without this report the job would count as stalled.
    report(encoding)
  }
  const all = { source: null, counts: snapshot.counts }
  for (const { source, counts } of [all, ...(snapshot.parts ?? [])]) {
    const { rows, counted } = counts()
    if (rows === counted) continue
    const where = source === null ? 'the database' : `the source ${source}`
    throw new Failure('rows_miscounted', `The file holds ${rows} users where ${where} counted ${counted}.`)
  }
}

function report({ snapshot, tally, run }: Pick<Encoding, 'snapshot' | 'tally' | 'run'>): void {
  const { lines: total } = snapshot
  const users = snapshot.counts().rows
  run.report(total === 0 ? 1 : Math.min(users / total, 1), { users, total, bytes: tally.bytes() })
}

function fileOf(encoding: Encoding): AsyncIterable<Lent> {
  const { plan, snapshot, compress, run } = encoding
  const { rows } = FORMATS[plan.format]
  switch (rows.kind) {
    case 'lines':
      // One range more than there are connections: a connection goes on while a finished range waits for its turn.
      return compress(inputs(encoding, rows), snapshot.parallel + 1, run.signal)
    default:
      return rows.kind satisfies never
  }
}

function* inputs(encoding: Encoding, { head, finish }: Lines): Generator<Input> {
  const { plan, snapshot, tally, brake } = encoding
  const slowDown = () => brake?.(snapshot.counts().rows)
  const headings = snapshot.columns.map((column) => column.heading)
  let lead = head(headings, plan.csv)
  for (const range of snapshot.ranges) {
    const header = lead
    lead = ''
    yield async function* () {
      if (snapshot.isAlone) await slowDown()
      for await (const chunk of behind(header, finish(snapshot.read(range)))) {
        if (!snapshot.isAlone) await slowDown()
        tally.addUnpacked(chunk.bytes.length)
        yield chunk
      }
      report(encoding)
    }
  }
  // If the export has no users, no range brings the header, so it is an input of its own.
  if (lead === '') return
  const alone = Buffer.from(lead)
  tally.addUnpacked(alone.length)
  yield () => allOwned([alone])
}

// The header is emitted only with the first bytes after it. Otherwise the first range could be the last to ask for a
// connection. Later ranges would then hold all connections and wait for the first range: a deadlock.
async function* behind(lead: string, source: AsyncIterable<Lent>): AsyncGenerator<Lent> {
  let due = lead
  for await (const chunk of source) {
    yield due === '' ? chunk : joined(due, chunk)
    due = ''
  }
  if (due !== '') yield owned(Buffer.from(due))
}

function joined(lead: string, { bytes, release }: Lent): Lent {
  const copy = Buffer.concat([Buffer.from(lead), bytes])
  release()
  return owned(copy)
}
