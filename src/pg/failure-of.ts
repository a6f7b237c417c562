import { AssertionError } from 'node:assert'
import pg from 'pg'
import { Failure } from '../domain/failure.ts'

// SQLSTATEs of PostgreSQL's documentation, appendix A. Each passes by itself, or after an administrator acts.
const BY_STATE: Readonly<Record<string, string>> = {
  '53100': 'The disk of the database is full.',
  '53200': 'The database has no memory left.',
  '53300': 'The database has no free connection.',
  '55P03': 'Another session has locked a table of the database.',
  '57014': 'The database took too long for an answer.',
  '57P01': 'The database is being stopped.',
  '57P02': 'The database has crashed and starts again.',
  '57P03': 'The database is starting or stopping.',
}

// Problems on the way to the database, which an operator can repair. The codes are the operating system's and those of
// Node's TLS.
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The database refuses connections.',
  ECONNRESET: 'The connection to the database was cut.',
  EPIPE: 'The connection to the database was cut.',
  ENOTFOUND: "The database's host is unknown.",
  EAI_AGAIN: "The database's host cannot be looked up.",
  ETIMEDOUT: 'The database does not answer.',
  EHOSTUNREACH: 'The database cannot be reached.',
  ENETUNREACH: 'The database cannot be reached.',
  SELF_SIGNED_CERT_IN_CHAIN: "The database's certificate is not trusted: see sslrootcert.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The database's certificate is not trusted: see sslrootcert.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "The database's certificate is not trusted: see sslrootcert.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "The database's certificate is not trusted: see sslrootcert.",
  CERT_HAS_EXPIRED: "The database's certificate has expired.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The database's certificate is of another host.",
}

const OTHERWISE = 'The database cannot be reached or is too busy.'

/**
 * Temporary errors become a Failure, so that the caller may try again: errors without an SQLSTATE, locks of others, and
 * the SQLSTATE classes 08 (connection), 53 (resources), 57 (shutdown, time limits) and 40 (serialization, deadlock).
 * Errors of other classes (22, 23, 42, …) are returned as they are, for the adapter that made the statement.
 */
export function failureOf(error: unknown): unknown {
  if (error instanceof Failure || error instanceof AssertionError || !(error instanceof Error)) return error
  const state = error instanceof pg.DatabaseError ? error.code : undefined
  if (state !== undefined && !/^(08|53|57|40|55P03)/.test(state)) return error
  const kind = state === undefined ? BY_CODE[codeOf(error)] : BY_STATE[state]
  return new Failure('database_unavailable', `${kind ?? OTHERWISE} Try again later.`, { cause: error })
}

export async function* translated<Chunk>(source: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  try {
    yield* source
  } catch (error) {
    throw failureOf(error)
  }
}

function codeOf(error: Error): string {
  // A host with several addresses gives several errors, but the message needs one. So the first stands for all.
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error]
  return first instanceof Error && 'code' in first ? String(first.code) : ''
}

export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}

/** Whether the server ended the statement: by a time limit, or because it was asked to. */
export function isCanceled(error: unknown): boolean {
  return sqlState(error instanceof Failure ? error.cause : error) === '57014'
}

/** Whether the role lacks a privilege. */
export function isDenied(error: unknown): boolean {
  return sqlState(error) === '42501'
}
