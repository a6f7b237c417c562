import { type Clock, unixSeconds } from '../domain/clock.ts'
import type { ExportJob, Receipt } from '../domain/job.ts'

/** The `typ` of a receipt's header. No access token has it, so that neither passes for the other. */
export const RECEIPT_TYPE = 'muster-receipt+jwt'

export type ReceiptClaims = ReturnType<typeof receiptClaims>

export interface Maker {
  readonly issuer: string
  readonly tenant: string
  readonly version: string
  readonly clock: Clock
}

export interface Link {
  readonly position: number
  readonly previous: string | null
}

/** Programs that verify receipts read these names, so they cannot change. docs/receipts.md explains each. */
export function receiptClaims(
  { id, request, connection }: ExportJob,
  receipt: Receipt,
  { position, previous }: Link,
  { issuer, tenant, version, clock }: Maker,
) {
  return {
    iss: issuer,
    iat: unixSeconds(clock.now()),
    job_id: id,
    tenant,
    position,
    previous,
    request: { ...(connection === undefined ? {} : { connection_id: connection.id }), ...request },
    columns: receipt.columns,
    users: receipt.rows,
    counted: receipt.counted,
    snapshot: receipt.snapshotAt,
    ...sourcesOf(receipt),
    bytes: receipt.bytes,
    unpacked_bytes: receipt.unpackedBytes,
    sha256: receipt.sha256,
    version,
  }
}

function sourcesOf({ sources }: Receipt) {
  if (sources === undefined) return {}
  return {
    sources: sources.map(({ source, snapshotAt, rows, counted }) => ({
      source,
      snapshot: snapshotAt,
      users: rows,
      counted,
    })),
  }
}
