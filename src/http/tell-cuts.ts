import type { FastifyBaseLogger } from 'fastify'
import type { CutReason } from './connections.ts'

const QUIET_MILLISECONDS = 10_000

/** One line in ten seconds at most, with the number of other cuts since, so that an attack does not fill the disk. */
export function newCutTeller(log: FastifyBaseLogger): (reason: CutReason, address: string) => void {
  let quietUntil = 0
  let unlogged = 0
  return (reason, address) => {
    const now = performance.now()
    if (now < quietUntil) {
      unlogged++
      return
    }
    log.warn({ reason, address, alsoCut: unlogged }, 'a connection was cut')
    quietUntil = now + QUIET_MILLISECONDS
    unlogged = 0
  }
}
