import { readFile } from 'node:fs/promises'
import { Failure } from '../domain/failure.ts'
import type { ReceiptClaims } from '../receipts/receipt-claims.ts'
import { type Check, equal, receiptCheck, signatureCheck } from './check-receipt.ts'
import { contentsOf, type FileContents, sizeAndHashOf } from './look-into-file.ts'
import { readKeys } from './read-keys.ts'
import { readReceipt } from './read-receipt.ts'

export interface Verifying {
  readonly file: string
  readonly receipt: string
  /** A file or a URL with the public keys. Without keys the signature is not checked, and the verdict is no. */
  readonly jwks?: string | undefined
}

export interface Verdict {
  readonly holds: boolean
  readonly checks: readonly Check[]
  readonly lines: readonly string[]
}

/** Fails with `verify_unreadable` if a file or the keys cannot be read. */
export async function verifyFile({ file, receipt, jwks }: Verifying): Promise<Verdict> {
  const keys = jwks === undefined ? undefined : await readKeys(jwks)
  const stored = await sizeAndHashOf(file)
  const read = readReceipt(await textOf(receipt))
  if ('problem' in read) return verdictOf([{ name: 'receipt', holds: false, says: read.problem }])
  const { claims } = read
  return verdictOf([
    receiptCheck(claims),
    signatureCheck(read, keys),
    equal('bytes', stored.bytes, claims.bytes),
    equal('SHA-256', stored.sha256, claims.sha256),
    ...contentChecks(await contentsOf(file, claims), claims),
  ])
}

async function textOf(receipt: string): Promise<string> {
  try {
    return await readFile(receipt, 'utf8')
  } catch (cause) {
    throw new Failure('verify_unreadable', `The receipt cannot be read: ${String(cause)}`, { cause })
  }
}

function contentChecks(contents: FileContents, claims: ReceiptClaims): Check[] {
  const { unpackedBytes, users, header, problem } = contents
  if (problem !== undefined) return [{ name: 'contents', holds: false, says: problem }]
  return [
    equal('unpacked bytes', unpackedBytes, claims.unpacked_bytes),
    equal('users', users, claims.users),
    equal('counted', claims.counted, claims.users),
    ...(header === 'none' ? [] : [columnsCheck(header === 'as claimed', claims)]),
  ]
}

function columnsCheck(holds: boolean, { columns }: ReceiptClaims): Check {
  const says = holds ? `the header has these ${columns.length}` : 'the header differs'
  return { name: 'columns', holds, says }
}

function verdictOf(made: readonly Check[]): Verdict {
  const holds = made.every((check) => check.holds)
  const checks = made.map((check) => ({ ...check, says: printable(check.says) }))
  const lines = checks.map(
    (check) => `${check.holds ? 'holds' : 'FAILS'}  ${check.name.padEnd(14)}  ${check.says}`,
  )
  const sum = holds ? 'The file is the one that the receipt describes.' : 'The file is not proven.'
  return { holds, checks, lines: [...lines, sum] }
}

// A receipt that is not trusted may hold control characters of a terminal.
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 300)
}
