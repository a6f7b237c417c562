import { causesOf } from '../domain/causes.ts'
import { Failure } from '../domain/failure.ts'
import type { Source } from '../relations/source.ts'
import type { SourceReport } from './source-report.ts'

/** Gathers what goes wrong, so that an operator learns of all problems at once. */
export interface Attempts {
  /** Undefined if the look fails. With `isLacking`, a refusal for lack of privileges is known and not reported again. */
  of<T>(look: () => Promise<T>, known?: { readonly isLacking: boolean }): Promise<T | undefined>
  add(problem: Failure): void
  hasProblems(): boolean
  outcome(): Pick<SourceReport, 'state' | 'problems'>
}

/** If the signal aborts, the next look fails with its reason. So does a look that fails by a mistake of our own. */
export function newAttempts(source: Source, signal: AbortSignal): Attempts {
  const problems: Failure[] = []
  return {
    of: async (look, known) => {
      signal.throwIfAborted()
      try {
        return await look()
      } catch (error) {
        const failure = signal.aborted ? error : source.failureOf(error)
        if (!(failure instanceof Failure) || failure.code === 'interrupted') throw failure
        if (known?.isLacking !== true || codeOf(failure.cause) !== DENIED) problems.push(failure)
        return undefined
      }
    },
    add: (problem) => void problems.push(problem),
    hasProblems: () => problems.length > 0,
    outcome: () => ({
      state: stateOf(problems),
      problems: problems.map((problem) => sentenceOf(problem, source.name)),
    }),
  }
}

const DENIED = '42501'

// As `GET /connections` says it.
function stateOf(problems: readonly Failure[]): SourceReport['state'] {
  if (problems.length === 0) return 'reachable'
  return problems.some(({ code }) => code === 'source_unavailable') ? 'unavailable' : 'unusable'
}

// The report has the name of the source above.
function sentenceOf({ message, cause }: Failure, name: string): string {
  // PostgreSQL's errors about values (classes 22 and 23) repeat them, and they may be a user's.
  const causes = /^2[23]/.test(codeOf(cause) ?? '') ? [] : causesOf(innermost(cause))
  const more = causes.filter((each) => !message.includes(each.replace(/ \(\w+\)$/, '')))
  return [message.replace(`The source ${name}: `, ''), ...more.map((each) => `The cause: ${each}.`)].join(' ')
}

function innermost(cause: unknown): unknown {
  return cause instanceof Failure ? innermost(cause.cause) : cause
}

function codeOf(cause: unknown): string | undefined {
  const inner = innermost(cause)
  return inner instanceof Error && 'code' in inner ? String(inner.code) : undefined
}
