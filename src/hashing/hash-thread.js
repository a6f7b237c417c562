import { scryptSync } from 'node:crypto'
import { constants, getPriority, platform, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashSync } from 'bcryptjs'

// The thread in which slow hashes are made, one after another. Plain JavaScript, so that it starts from the source as
// it does from the build. Answers each order with its hash.

/** @param {import('./hasher.ts').HashOrder} order */
function hashOf(order) {
  if (order.kind === 'bcrypt') return hashSync(order.password, order.rounds)
  return scryptSync(order.secret, order.salt, order.keyBytes, order.cost)
}

// setpriority(2), notes: on Linux each thread has a priority of its own. A flood of wrong secrets then takes no core
// from exports and requests.
if (platform() === 'linux') {
  try {
    setPriority(
      Math.min(getPriority() + constants.priority.PRIORITY_BELOW_NORMAL, constants.priority.PRIORITY_LOW),
    )
  } catch {
    // A sandbox may forbid it: hashes are then as urgent as requests.
  }
}
parentPort?.on('message', (order) => parentPort?.postMessage(hashOf(order)))
