import { Failure } from '../domain/failure.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import type { Answer } from './transport.ts'

/** What a server says with an answer that is no success. The envelope is Auth0's. */
export interface Said {
  readonly status: number
  readonly errorCode: string
  readonly message: string
}

// Longer answers come from no Auth0 or Muster: a page has 100 users of 1 MiB at most.
const BODY_BYTES_MAX = 128 * 1024 * 1024

/** Reads the body, or the connection would stay busy. */
export async function refusalOf(answer: Answer, what: string, url: string): Promise<Failure> {
  const text = await textOf(answer)
  const body = objectIn(text)
  if (body === undefined) return answer.status >= 500 ? broken(answer, what) : unexpected(answer, what, url)
  const said = saidBy(answer.status, body)
  const code = answer.status >= 500 ? 'server_failed' : 'server_refused'
  return new Failure(code, [`${what}: ${said.message}`, ...advice(said)].join('\n'), {
    members: { status: said.status, errorCode: said.errorCode },
  })
}

/** Fails with `server_unreachable` if the connection is cut before the end of the body. */
export async function textOf({ body }: Answer): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > BODY_BYTES_MAX) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new Failure('server_unreachable', 'The connection was cut in the middle of an answer.', { cause })
  }
  return Buffer.concat(chunks).toString()
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value = glanceAtJson(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function saidBy(status: number, body: JsonObject): Said {
  const { message, error_description: description, errorCode, error } = body
  return {
    status,
    errorCode: String(errorCode ?? error ?? ''),
    message: String(message ?? description ?? error ?? `the server answered ${status}`),
  }
}

/** The next step for the person who reads the refusal. */
function advice({ status, errorCode, message }: Said): readonly string[] {
  if (errorCode === 'insufficient_scope') {
    const scopes = message.split('expected any of: ')[1] ?? 'the scope'
    const [first] = scopes.split(',')
    return [
      `The client lacks a scope. Grant one with: muster clients grant CLIENT_ID --scope ${first}`,
      'A client needs update:client_grants to grant. Then run the command again.',
    ]
  }
  if (/Service not enabled within domain|not authorized to access/.test(message))
    return ['The audience is wrong, or the client has no grant for it. Give the audience with --audience.']
  if (status === 401 && errorCode === 'access_denied')
    return ['The client id or the secret is wrong. Set them again with: muster login']
  if (status === 401)
    return ['The token is not accepted here. Log in again with: muster login, or give a new --token.']
  return []
}

/** For an answer without JSON, as a proxy gives it while the server restarts. */
function broken({ status }: Answer, what: string): Failure {
  return new Failure('server_failed', `${what}: the server, or a proxy in front of it, answered ${status}.`, {
    members: { status },
  })
}

function unexpected({ status, headers }: Answer, what: string, url: string): Failure {
  return new Failure(
    'server_unexpected',
    `${what}: ${url} answered ${status} with ${headers['content-type'] ?? 'no content type'}, which is not an answer of the Management API. \
Look at --url or --domain: give the address without a path.`,
    { members: { status } },
  )
}
