import { type Clock, unixSeconds } from '../domain/clock.ts'
import type { ExportRequest } from '../domain/export-request.ts'
import type { ExportJob, Receipt } from '../domain/job.ts'

/** The `typ` of a receipt's header. No access token has it, so that neither passes for the other. */
export const RECEIPT_TYPE = 'muster-receipt+jwt'

/** The names are public, so they cannot change: docs/receipts.md explains each. */
export interface ReceiptClaims {
  readonly iss: string
  readonly iat: number
  readonly job_id: string
  readonly tenant: string
  readonly position: number
  readonly previous: string | null
  readonly request: ExportRequest & { readonly connection_id?: string }
  readonly columns: readonly string[]
  readonly users: number
  readonly counted: number
  readonly snapshot: string
  readonly bytes: number
  readonly unpacked_bytes: number
  readonly sha256: string
  readonly version: string
}

export interface Maker {
  readonly issuer: string
  readonly tenant: string
  readonly version: string
  readonly clock: Clock
}

export type Link = Pick<ReceiptClaims, 'position' | 'previous'>

export function receiptClaims(
  { id, request, connection }: ExportJob,
  receipt: Receipt,
  { position, previous }: Link,
  { issuer, tenant, version, clock }: Maker,
): ReceiptClaims {
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
    bytes: receipt.bytes,
    unpacked_bytes: receipt.unpackedBytes,
    sha256: receipt.sha256,
    version,
  }
}
