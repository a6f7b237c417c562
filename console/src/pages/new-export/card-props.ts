import type { Draft, DraftProblem } from './draft.ts'
import type { Complaint } from './places.ts'

/** What each card of choices gets. */
export interface CardProps {
  readonly draft: Draft
  change(part: Partial<Draft>): void
  /** What the server refused, if it has a place on this page. */
  readonly complaint: Complaint | undefined
  readonly problem: DraftProblem | undefined
}
