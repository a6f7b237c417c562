import type { Job } from '../../api/client.ts'
import { hasEnded } from '../../jobs/job-state.ts'
import { Notice } from '../../parts/states.tsx'
import { UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import type { ImportError } from './errors.ts'

const words = texts.importPage.leftOut
const DETAILS_MAX = 2000

// Callers of the API know `preserve`; on this page it is a checkbox with other words.
const NOT_KEPT =
  /Left out, since only the server sets them and preserve was not asked for: ([a-z_]+ \(\d+\)(?:, [a-z_]+ \(\d+\))*)\.\s?/

interface Remarks {
  /** Attributes that an import keeps only if it is asked to, each with its number of users: `created_at (786)`. */
  readonly notKept?: string
  readonly rest: string
}

function remarksOf({ status_details: details = '' }: Job): Remarks {
  const [sentence, notKept] = NOT_KEPT.exec(details) ?? []
  if (sentence === undefined || notKept === undefined) return { rest: details }
  return { notKept, rest: details.replace(sentence, '').trim() }
}

/** What an import left out, or kept though the sender may not expect it. It stored the users all the same. */
export function LeftOut({ job }: { readonly job: Job }) {
  const { notKept, rest } = remarksOf(job)
  // A job that failed gives its reason in the same member.
  if (!hasEnded(job) || job.status === 'failed') return null
  const { preserve } = texts.importPage.options
  return (
    <>
      {notKept === undefined ? null : (
        <Notice tone="info" title={words.notKept}>
          <span>{words.names(notKept)}</span>
          <span>{job.dry_run === true ? words.keepNow(preserve) : words.keepNext(preserve)}</span>
        </Notice>
      )}
      {rest === '' ? null : (
        <Notice tone="warn">
          <UserText text={rest} max={DETAILS_MAX} />
        </Notice>
      )}
    </>
  )
}

/** The entries that `LeftOut` does not sum up: otherwise one sentence would stand in hundreds of rows. */
export function unlisted(job: Job, errors: readonly ImportError[]): readonly ImportError[] {
  const names =
    remarksOf(job)
      .notKept?.replaceAll(/ \(\d+\)/g, '')
      .split(', ') ?? []
  const summedUp = new Set(names.map((name) => `#/${name}`))
  return errors.filter((error) =>
    error.errors.some(({ code, path = '' }) => code !== 'LEFT_OUT' || !summedUp.has(path)),
  )
}
