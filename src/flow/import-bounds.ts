import { Failure } from '../domain/failure.ts'
import type { ImportSummary, PlacedError } from '../domain/job.ts'

/** What keeps a small file from filling the database with errors. */
export interface ImportBounds {
  /** Refused users that are listed; the others are counted. */
  readonly errorsMax: number
  /** After how many entries an import ends that has hardly a sound user. */
  readonly hopelessEntries: number
}

export const IMPORT_BOUNDS: ImportBounds = { errorsMax: 10_000, hopelessEntries: 100_000 }

const SOUND_SHARE_MIN = 0.01

/** Both depend on the file alone, so that a run which goes on finds the same. */
export interface BoundedErrors {
  /** Those of a batch that are kept: the first refused users of the file, and whatever is no refusal. */
  keep(entries: readonly PlacedError[]): readonly PlacedError[]
  /** Fails with `import_unreadable` on a file of nearly nothing but entries that are no sound user. */
  checkHope(batch: { readonly unsound: number; readonly entries: number }): void
  /** What to say of refused users who are not listed. */
  details(summary: ImportSummary): string | undefined
}

export function boundedErrors({ errorsMax, hopelessEntries }: ImportBounds): BoundedErrors {
  let room = errorsMax
  let [unsound, entries] = [0, 0]
  return {
    keep: (all) => {
      const inOrder = [...all].sort((one, other) => one.position - other.position)
      return inOrder.filter(({ kind }) => kind === 'left_out' || room-- > 0)
    },
    checkHope: (batch) => {
      unsound += batch.unsound
      entries += batch.entries
      if (entries < hopelessEntries || entries - unsound >= entries * SOUND_SHARE_MIN) return
      throw new Failure(
        'import_unreadable',
        `Of the first ${entries} entries ${unsound} are no sound users: the import was ended. See its errors.`,
      )
    },
    details: ({ failed }) =>
      failed > errorsMax ? `The errors list the first ${errorsMax} of ${failed} refused users.` : undefined,
  }
}
