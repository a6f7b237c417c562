import { scryptSync } from 'node:crypto'
import { hashSync } from 'bcryptjs'
import { giveWay, runThread } from '../threads/inside.js'

// Plain JavaScript, so that Node can start it from the source and from the build.

/** @param {import('../threads/messages.ts').HashOrder} order */
function hash(order) {
  if (order.kind === 'bcrypt') return hashSync(order.password, order.rounds)
  return scryptSync(order.secret, order.salt, order.keyBytes, order.cost)
}

// At lower priority a flood of wrong secrets takes no core from exports and requests.
giveWay()
await runThread(() => ({ hash, stop: async () => undefined }))
