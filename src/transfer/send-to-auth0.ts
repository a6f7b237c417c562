import { abortableWithin } from '../domain/abort.ts'
import { importSlice } from './import-slice.ts'
import { fileOf } from './run-order.ts'
import type { Sending } from './sending.ts'
import type { Slice } from './slices.ts'
import { slicesOf } from './slices-of-file.ts'

// Auth0 runs two imports of a tenant at a time, and refuses a third.
const JOBS_MAX = 2

/** Imports one file by slices, two at a time. Slices that an earlier process of this run has imported are skipped. */
export async function sendToAuth0(number: number, sending: Sending): Promise<void> {
  const running = new Set<Promise<void>>()
  // If one slice fails, the other one need not be waited for: the run can go on later.
  const ending = abortableWithin(sending.signal)
  const failures: unknown[] = []
  const start = (slice: Slice): void => {
    const work = importSlice({ file: number, slice }, { ...sending, signal: ending.signal })
      .catch((error: unknown) => {
        failures.push(error)
        ending.abort(error)
      })
      .finally(() => running.delete(work))
    running.add(work)
  }
  try {
    const { order, state, onLeftOut } = sending
    const file = fileOf(order, number)
    const csv = order.csv === undefined ? {} : { csv: order.csv }
    const cutting = { format: file.format, ...csv, onLeftOut }
    for await (const slice of slicesOf(number, file, { cutting, add: state.add })) {
      if (state.isDone({ file: number, slice: slice.number })) continue
      while (running.size >= JOBS_MAX) await Promise.race(running)
      if (failures.length > 0) break
      start(slice)
    }
  } finally {
    await Promise.all(running)
    ending.release()
  }
  if (failures.length > 0) throw failures[0]
}
