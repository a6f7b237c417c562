import { Failure } from '../domain/failure.ts'
import type { RunState } from './run-state.ts'
import { type Cutting, cutSlices, type Slice } from './slices.ts'
import { NO_COUNTS } from './tally.ts'
import { openUsersFile, type UsersFile } from './users-file.ts'

/** Users that cannot be sent are added to the tally, and so is why a file cannot be read to its end. */
export async function* slicesOf(
  number: number,
  file: UsersFile,
  { cutting, add }: { readonly cutting: Cutting; readonly add: RunState['add'] },
): AsyncGenerator<Slice> {
  const source = openUsersFile(file)
  try {
    for await (const cut of cutSlices(source, cutting)) {
      if (cut.kind === 'slice') yield cut.slice
      else add(number, { counts: { ...NO_COUNTS, read: 1, failed: 1 }, refused: [cut.refused] })
    }
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'import_unreadable') throw error
    add(number, { counts: NO_COUNTS, refused: [], problem: error.message })
  } finally {
    source.destroy()
  }
}
