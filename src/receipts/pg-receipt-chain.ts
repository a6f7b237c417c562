import { createHash } from 'node:crypto'
import type { ExportJob, Receipt } from '../domain/job.ts'
import type { Session } from '../pg/database.ts'
import { type Link, type Maker, RECEIPT_TYPE, receiptClaims } from './receipt-claims.ts'

export interface ReceiptChain extends Maker {
  /** Returns a JWS in compact serialization. It is synchronous, since other workers wait for the chain. */
  readonly sign: (type: string, claims: object) => string
}

/**
 * Makes the receipt of an export in the transaction that completes the job. So a completed job has one receipt, and a
 * worker that lost its job leaves none. The transaction locks the row of the tenant's chain. So the chain is linear,
 * even if several workers complete exports at the same time.
 */
export function pgReceiptChain(
  chain: ReceiptChain,
): (session: Session, job: ExportJob, receipt: Receipt) => Promise<void> {
  return async (session, job, receipt) => {
    const link = await nextLink(session, chain.tenant)
    const jws = chain.sign(RECEIPT_TYPE, receiptClaims(job, receipt, link, chain))
    const sha256 = createHash('sha256').update(jws).digest('hex')
    await session.query(
      `with chain as (update muster.receipt_chains set sha256 = $2 where tenant = $1 returning position)
       insert into muster.receipts (job_id, tenant, position, jws, sha256, made_at)
       select $3, $1, position, $4, $2, $5::timestamptz from chain`,
      [chain.tenant, sha256, job.id, jws, chain.clock.now()],
    )
  }
}

// A worker that is suspended here would block the receipts of all others. PostgreSQL ends the transaction after 5 s.
async function nextLink(session: Session, tenant: string): Promise<Link> {
  const [row] = await session.query<{ position: bigint; sha256: string | null }>(
    `insert into muster.receipt_chains as chain (tenant, position) values ($1, 1)
     on conflict (tenant) do update set position = chain.position + 1
     returning position, sha256, set_config('idle_in_transaction_session_timeout', '5000', true)`,
    [tenant],
  )
  return { position: Number(row?.position), previous: row?.sha256 ?? null }
}
