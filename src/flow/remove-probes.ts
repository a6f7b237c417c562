import { PROBES_PREFIX, probePrefix } from '../domain/object-key.ts'
import type { ObjectStore } from '../objects/object-store.ts'

/**
 * A process that is killed in a probe leaves its byte in the store, and so does a store that fails between the byte and
 * its removal. A probe takes seconds, so what two calls see a minute apart was left. Call it once a minute.
 */
export function newProbeSweep(objects: Pick<ObjectStore, 'list' | 'removeAll'>): () => Promise<void> {
  let seen: ReadonlySet<string> = new Set()
  return async () => {
    const names = await objects.list(PROBES_PREFIX)
    for (const name of names) if (seen.has(name)) await objects.removeAll(probePrefix(name))
    seen = new Set(names)
  }
}
