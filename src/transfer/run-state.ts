import type { Place, RunFolder } from './run-folder.ts'
import { addOutcome, type FileTally, newTally, type Outcome } from './tally.ts'

/** A slice that was sent, but whose outcome is not in the journal. The next process finds its job or sends it again. */
export interface SentBefore {
  /** When the first request was sent: by the clock of Auth0, or for a Muster by the clock of this machine. */
  readonly at: string
  /** How often it was sent. More than once: an earlier request may have made a job whose id is not known. */
  readonly times: number
  readonly key?: string | undefined
  readonly hash?: string | undefined
  /** Undefined if the answer never came. */
  readonly job?: string | undefined
}

export interface RunState {
  readonly tallies: readonly FileTally[]
  isDone(place: Place): boolean
  sentBefore(place: Place): SentBefore | undefined
  add(file: number, outcome: Outcome): void
}

/** Reads what earlier processes of the run have noted. */
export async function readRunState(folder: Pick<RunFolder, 'events'>, files: number): Promise<RunState> {
  const tallies = Array.from({ length: files }, newTally)
  const done = new Set<string>()
  const sent = new Map<string, SentBefore>()
  const add = (file: number, outcome: Outcome): void => {
    const tally = tallies[file]
    if (tally !== undefined) addOutcome(tally, outcome)
  }
  for await (const event of folder.events()) {
    const name = nameOf(event)
    const before = sent.get(name)
    if (event.kind === 'sending') {
      const { at, key, hash } = event
      // A new request, because the job of the earlier one broke off or its answer was lost.
      sent.set(name, { at: before?.at ?? at, times: (before?.times ?? 0) + 1, key, hash })
    } else if (event.kind === 'sent' && before !== undefined) sent.set(name, { ...before, job: event.job })
    else if (event.kind === 'done') {
      done.add(name)
      sent.delete(name)
      add(event.file, event.outcome)
    }
  }
  return {
    tallies,
    isDone: (place) => done.has(nameOf(place)),
    sentBefore: (place) => sent.get(nameOf(place)),
    add,
  }
}

function nameOf({ file, slice }: Place): string {
  return `${file}/${slice}`
}
