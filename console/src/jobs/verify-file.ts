import type { Api } from '../api/client.ts'
import { problemOf, unreachable } from '../api/problem.ts'
import { type Contents, countRecords } from './count-records.ts'
import { findFile, receiptOf } from './job-file.ts'
import { isSignedByServer, type ReceiptClaims, readReceipt } from './receipt.ts'

/** The names are those of `muster verify` (docs/receipts.md). */
export type CheckName =
  | 'receipt'
  | 'job'
  | 'signature'
  | 'bytes'
  | 'sha256'
  | 'contents'
  | 'unpacked'
  | 'users'
  | 'counted'

export interface Check {
  readonly name: CheckName
  readonly holds: boolean
  readonly found: number | string
  readonly claimed: number | string
}

export interface Verdict {
  readonly holds: boolean
  readonly checks: readonly Check[]
  readonly users: number
  /** Exactly the bytes that were checked. */
  readonly file: Blob
  readonly name: string
}

/** `elsewhere`: the file is at a host whose answers this page may not read. */
export type Outcome = Verdict | { readonly elsewhere: string }

export type Step = 'downloading' | 'hashing' | 'counting'

interface VerifyOptions {
  readonly signal: AbortSignal
  /** `done` is from 0 to 1. */
  see(step: Step, done?: number): void
}

/** The browser's SHA-256 takes all bytes at once, so the file must fit into memory. */
export const VERIFY_BYTES_MAX = 1_000_000_000

/** Downloads the file of an export by a fresh link, and holds it against the receipt of the export. */
export async function verifyFile(api: Api, id: string, { signal, see }: VerifyOptions): Promise<Outcome> {
  see('downloading', 0)
  const receipt = readReceipt(await receiptOf(api, id, signal))
  const { url, name, isHere } = await findFile(api, id)
  if (!isHere) return { elsewhere: name }
  const size = receipt?.claims.bytes ?? 0
  const file = await bytesAt(url, { size, signal, see: (done) => see('downloading', done) })
  see('hashing')
  const sha256 = hexOf(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
  signal.throwIfAborted()
  if (receipt === undefined) return verdictOf([equal('receipt', false, true)], { file, name, users: 0 })
  const { claims } = receipt
  const contents = await countRecords(file, {
    hasQuotes: claims.request.format === 'csv',
    bytesMax: claims.unpacked_bytes,
    signal,
    see: (bytes) => see('counting', bytes / Math.max(claims.unpacked_bytes, 1)),
  })
  const checks = [
    equal('job', claims.job_id, id),
    equal('signature', await isSignedByServer(receipt), true),
    equal('bytes', file.size, claims.bytes),
    equal('sha256', sha256, claims.sha256),
    ...contentChecks(contents, claims),
  ]
  return verdictOf(checks, { file, name, users: claims.users })
}

function contentChecks(contents: Contents, claims: ReceiptClaims): Check[] {
  const { unpackedBytes, records, problem } = contents
  if (problem !== undefined) return [{ name: 'contents', holds: false, found: problem, claimed: '' }]
  return [
    equal('unpacked', unpackedBytes, claims.unpacked_bytes),
    equal('users', Math.max(records - headLines(claims), 0), claims.users),
    equal('counted', claims.counted, claims.users),
  ]
}

function headLines({ request }: ReceiptClaims): number {
  const csv = request['csv'] as { readonly header?: boolean } | undefined
  return request.format === 'csv' && csv?.header !== false ? 1 : 0
}

function equal(name: CheckName, found: number | string | boolean, claimed: number | string | boolean): Check {
  const shown = (value: number | string | boolean) => (typeof value === 'boolean' ? String(value) : value)
  return { name, holds: found === claimed, found: shown(found), claimed: shown(claimed) }
}

function verdictOf(checks: readonly Check[], rest: Pick<Verdict, 'file' | 'name' | 'users'>): Verdict {
  return { ...rest, checks, holds: checks.every(({ holds }) => holds) }
}

interface ReadOptions {
  readonly size: number
  readonly signal: AbortSignal
  see(done: number): void
}

// No token: the link itself allows the download.
async function bytesAt(url: string, { size, signal, see }: ReadOptions): Promise<Blob> {
  const broken = (error: unknown): never => {
    signal.throwIfAborted()
    throw unreachable(error)
  }
  const response = await fetch(url, { signal, credentials: 'omit', cache: 'no-store' }).catch(broken)
  if (!response.ok) throw problemOf(response, await response.json().catch(() => undefined))
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let read = 0
  const reader = response.body?.getReader()
  for (;;) {
    const { done, value } = (await reader?.read().catch(broken)) ?? { done: true, value: undefined }
    if (done || value === undefined) break
    chunks.push(value)
    read += value.length
    see(read / Math.max(size, 1))
    if (read > VERIFY_BYTES_MAX) {
      await reader?.cancel()
      break
    }
  }
  return new Blob(chunks, { type: 'application/gzip' })
}

function hexOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
