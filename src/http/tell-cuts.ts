import type { FastifyBaseLogger } from 'fastify'
import type { CutReason } from './connections.ts'

const QUIET_MILLISECONDS = 10_000

/** Logs connections that are cut: one line in ten seconds, which says how many had none. An attack does not fill the disk. */
export function newCutTeller(log: FastifyBaseLogger): (reason: CutReason, address: string) => void {
  let quietUntil = 0
  let untold = 0
  return (reason, address) => {
    const now = performance.now()
    if (now < quietUntil) {
      untold++
      return
    }
    log.warn({ reason, address, alsoCut: untold }, 'a connection was cut')
    quietUntil = now + QUIET_MILLISECONDS
    untold = 0
  }
}
