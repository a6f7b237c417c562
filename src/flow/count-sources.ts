import type { Source, SourceState } from '../relations/source.ts'

export type SourceCounts = Readonly<Record<SourceState['kind'], number>>

/** Undefined if there is no source. It answers within a second, and a source that is down does not fail it. */
export async function countSources(sources: readonly Source[]): Promise<SourceCounts | undefined> {
  if (sources.length === 0) return undefined
  const states = await Promise.all(sources.map((source) => source.state()))
  const count = (kind: SourceState['kind']): number => states.filter((state) => state.kind === kind).length
  return { reachable: count('reachable'), unavailable: count('unavailable'), unusable: count('unusable') }
}
