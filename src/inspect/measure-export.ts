import type { Compressor, Input } from '../compress/compressor.ts'
import { abortableWithin } from '../domain/abort.ts'
import type { Stopwatch } from '../domain/clock.ts'
import { ATTRIBUTE_NAMES } from '../domain/profile.ts'
import { FORMATS } from '../formats/formats.ts'
import { planExport } from '../plan/export-plan.ts'
import type { RowSource, Snapshot } from '../rows/row-source.ts'

export interface MeasureDeps {
  readonly rows: RowSource
  readonly compress: Compressor
  readonly stopwatch: Stopwatch
}

/** Of some users. */
export interface Measured {
  readonly users: number
  readonly bytes: number
  readonly gzippedBytes: number
  readonly seconds: number
}

// Each step is ten times the one before. So a slow database is asked for few users, and a fast one for enough to time.
const STEPS = [100, 1_000, 10_000]
// Opening a connection and starting the compressor take part of a second, for few users and for many.
const ENOUGH_SECONDS = 1.5
const STEP_SECONDS_MAX = 15

/**
 * Reads and compresses the first users as an export does, and throws the bytes away. Undefined if not even the first
 * step came to its end in time.
 */
export async function measureExport(deps: MeasureDeps, signal: AbortSignal): Promise<Measured | undefined> {
  let last: Measured | undefined
  for (const limit of STEPS) {
    const step = await firstUsers(limit, deps, signal)
    if (step === undefined) return last
    last = step
    if (step.users < limit || step.seconds > ENOUGH_SECONDS) return last
  }
  return last
}

async function firstUsers(
  limit: number,
  { rows, compress, stopwatch }: MeasureDeps,
  signal: AbortSignal,
): Promise<Measured | undefined> {
  const late = AbortSignal.timeout(STEP_SECONDS_MAX * 1000)
  const within = abortableWithin(signal, late)
  try {
    const fields = ATTRIBUTE_NAMES.map((name) => ({ name }))
    const snapshot = await rows.open(planExport({ format: 'json', fields, limit }), within.signal)
    try {
      const from = stopwatch.seconds()
      const sizes = await readAll(snapshot, compress, within.signal)
      return { users: snapshot.counts().rows, ...sizes, seconds: stopwatch.seconds() - from }
    } finally {
      await snapshot.close()
    }
  } catch (error) {
    if (late.aborted && !signal.aborted) return undefined
    throw error
  } finally {
    within.release()
  }
}

async function readAll(
  snapshot: Snapshot,
  compress: Compressor,
  signal: AbortSignal,
): Promise<Pick<Measured, 'bytes' | 'gzippedBytes'>> {
  let [bytes, gzippedBytes] = [0, 0]
  const { finish } = FORMATS.json.rows
  const inputs = snapshot.ranges.map(
    (range): Input =>
      async function* () {
        for await (const chunk of finish(snapshot.read(range))) {
          bytes += chunk.bytes.length
          yield chunk
        }
      },
  )
  for await (const chunk of compress(inputs, 1, signal)) {
    gzippedBytes += chunk.bytes.length
    chunk.release()
  }
  return { bytes, gzippedBytes }
}
