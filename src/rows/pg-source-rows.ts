import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Lent } from '../domain/lent.ts'
import type { Database } from '../pg/database.ts'
import type { Source } from '../relations/source.ts'
import { sourceProblem } from '../relations/source-limits.ts'
import { openShared } from './pg/shared-snapshot.ts'
import type { RowSource, Snapshot } from './row-source.ts'

export interface SourceRowsOptions {
  readonly database: Database
  readonly clock: Clock
  readonly parallel: number
  readonly usersPerRange: number
}

/** The users of a source, in a snapshot of its own database. Each failure names the source. */
export function pgSourceRows(source: Source, bounds: SourceRowsOptions): RowSource {
  const { name } = source
  return {
    open: async (plan, signal, agreement) => {
      try {
        const { relation } = await source.users()
        const problem = sourceProblem(name, relation, plan)?.problem
        if (problem !== undefined) throw new Failure('body_invalid', `${problem}.`)
        const options = { relation, plan, signal, agreement, ...bounds }
        const snapshot = await openShared(options)
        const isLast = relation.changes === undefined ? { isLast: true as const } : {}
        return { ...named(source, snapshot), ...isLast }
      } catch (error) {
        throw signal.aborted ? error : source.failureOf(error)
      }
    },
  }
}

function named<Range>(source: Source, snapshot: Snapshot<Range>): Snapshot<Range> {
  const { moment, counts } = snapshot
  return {
    ...snapshot,
    parts: [{ source: source.name, moment, counts }],
    read: (range) => translated(source, snapshot.read(range)),
  }
}

async function* translated(source: Source, chunks: AsyncIterable<Lent>): AsyncGenerator<Lent> {
  try {
    yield* chunks
  } catch (error) {
    throw source.failureOf(error)
  }
}
