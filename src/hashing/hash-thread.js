import { scryptSync } from 'node:crypto'
import { hashSync } from 'bcryptjs'
import { giveWay, runThread } from '../threads/inside.js'

// The thread in which slow hashes are made, one after another. Plain JavaScript, so that it starts from the source as
// it does from the build.

/** @param {import('../threads/messages.ts').HashOrder} order */
function hash(order) {
  if (order.kind === 'bcrypt') return hashSync(order.password, order.rounds)
  return scryptSync(order.secret, order.salt, order.keyBytes, order.cost)
}

// A flood of wrong secrets then takes no core from exports and requests.
giveWay()
await runThread(() => ({ hash, stop: async () => undefined }))
