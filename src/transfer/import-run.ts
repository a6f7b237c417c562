import type { Client } from '../client/client.ts'
import { writeRejects } from './rejects.ts'
import type { RunFolder } from './run-folder.ts'
import type { RunOrder } from './run-order.ts'
import { readRunState } from './run-state.ts'
import { sendToAuth0 } from './send-to-auth0.ts'
import { sendToMuster } from './send-to-muster.ts'
import type { Sending } from './sending.ts'
import { slicesOf } from './slices-of-file.ts'
import { type FileTally, NO_COUNTS } from './tally.ts'
import { refuseChanged } from './users-file.ts'

export interface RunDeps {
  readonly client: Client
  readonly folder: RunFolder
  readonly onProgress: Sending['onProgress']
  readonly signal: AbortSignal
}

export interface RunResult {
  readonly order: RunOrder
  /** In the order of `order.files`. */
  readonly tallies: readonly FileTally[]
  /** By attribute: of how many users it was left out, because only the server sets it. */
  readonly leftOut: ReadonlyMap<string, number>
  /** Undefined if --rejects was not given, or if no user was refused. */
  readonly rejectsWritten?: number
  /** Of a dry run against Auth0: how many requests would be sent. */
  readonly slices?: number
}

/** Imports a run, or goes on where an earlier process has stopped. If it fails, a later one can go on. */
export async function runImport({ client, folder, ...deps }: RunDeps): Promise<RunResult> {
  const order = await folder.order()
  const state = await readRunState(folder, order.files.length)
  const leftOut = new Map<string, number>()
  const onLeftOut = countIn(leftOut)
  const send = order.kind === 'muster' ? sendToMuster : sendToAuth0
  for (const [number, file] of order.files.entries()) {
    await refuseChanged(file)
    await send(number, { client, folder, order, state, onLeftOut, ...deps })
  }
  const rejectsWritten = await rejectsOf(order, state.tallies)
  const result = { order, tallies: state.tallies, leftOut }
  return rejectsWritten === undefined ? result : { ...result, rejectsWritten }
}

/** Auth0 has no dry run, so the client reads the files and checks each user by Auth0's published schema. */
export async function checkForAuth0(order: RunOrder): Promise<RunResult> {
  const state = await readRunState({ events: noEvents }, order.files.length)
  const leftOut = new Map<string, number>()
  let slices = 0
  for (const [number, file] of order.files.entries()) {
    const csv = order.csv === undefined ? {} : { csv: order.csv }
    const cutting = { format: file.format, ...csv, onLeftOut: countIn(leftOut), isChecked: true }
    for await (const { users } of slicesOf(number, file, { cutting, add: state.add })) {
      slices++
      state.add(number, { counts: { ...NO_COUNTS, read: users.length, inserted: users.length }, refused: [] })
    }
  }
  const rejectsWritten = await rejectsOf(order, state.tallies)
  const result = { order, tallies: state.tallies, leftOut, slices }
  return rejectsWritten === undefined ? result : { ...result, rejectsWritten }
}

async function* noEvents(): AsyncGenerator<never> {
  // A dry run has sent nothing before.
}

function countIn(counts: Map<string, number>): (names: readonly string[]) => void {
  return (names) => {
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
}

async function rejectsOf(order: RunOrder, tallies: readonly FileTally[]): Promise<number | undefined> {
  const { rejects, files, csv } = order
  if (rejects === undefined || tallies.every(({ counts }) => counts.failed === 0)) return undefined
  const refused = files.flatMap((file, n) => {
    const places = tallies[n]?.places
    return places === undefined ? [] : [{ file, places }]
  })
  return writeRejects(rejects, refused, csv)
}
