import { verify } from 'node:crypto'
import type { ReceiptClaims } from '../receipts/receipt-claims.ts'
import type { Keys } from './read-keys.ts'
import { type ReadReceipt, readReceipt } from './read-receipt.ts'

export interface Check {
  readonly name: string
  readonly holds: boolean
  readonly says: string
}

/** Reads nothing of the file. `claims` are there if the receipt can be read, and proven only if all checks hold. */
export function checkReceipt(text: string, keys: Keys): { checks: readonly Check[]; claims?: ReceiptClaims } {
  const read = readReceipt(text)
  if ('problem' in read) return { checks: [{ name: 'receipt', holds: false, says: read.problem }] }
  return { checks: [receiptCheck(read.claims), signatureCheck(read, keys)], claims: read.claims }
}

export function receiptCheck({ job_id, tenant, position, iat }: ReceiptClaims): Check {
  const made = new Date(iat * 1000)
  const at = Number.isNaN(made.getTime()) ? 'at no valid time' : made.toISOString()
  return { name: 'receipt', holds: true, says: `${job_id}, ${position} of ${tenant}, made ${at}` }
}

export function signatureCheck({ kid, signed, signature }: ReadReceipt, keys: Keys | undefined): Check {
  const name = 'signature'
  if (keys === undefined) return { name, holds: false, says: 'not checked: give the public keys with --jwks' }
  const key = keys.get(kid)
  if (key === undefined) return { name, holds: false, says: `the keys have none with the kid ${kid}` }
  const holds = verify('RSA-SHA256', signed, key, signature)
  return { name, holds, says: holds ? `by the key ${kid}` : `not by the key ${kid}` }
}

export function equal(name: string, found: number | string, claimed: number | string): Check {
  const holds = found === claimed
  return { name, holds, says: holds ? String(found) : `the receipt says ${claimed}, found ${found}` }
}
