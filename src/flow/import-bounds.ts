import { Failure } from '../domain/failure.ts'
import type { ImportSummary, PlacedError } from '../domain/job.ts'

/** Without these bounds, the errors of a small file could fill the database. */
export interface ImportBounds {
  readonly errorsMax: number
  /** After this many entries an import fails if less than 1 % are valid users: it is probably the wrong file. */
  readonly hopelessEntries: number
}

export const IMPORT_BOUNDS: ImportBounds = { errorsMax: 10_000, hopelessEntries: 100_000 }

const SOUND_SHARE_MIN = 0.01

/** A worker that takes over gets the same results, since they depend only on the file and the outcomes of batches. */
export interface BoundedErrors {
  /**
   * Keeps the first `errorsMax` errors of refused users. Incomplete users have another limit (import-tally.ts), so that
   * neither kind hides the other.
   */
  keep(entries: readonly PlacedError[]): readonly PlacedError[]
  /** Fails with `import_unreadable` if hardly any entry is a valid user, so that a wrong file ends early. */
  checkHope(batch: { readonly unsound: number; readonly entries: number }): void
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
