import assert from 'node:assert/strict'
import { type AnswerCheck, newAnswerCheck, type OpenapiDocument } from '../fixtures/openapi-answers.ts'

type Fetch = (target: string | URL, init?: RequestInit) => Promise<Response>

/**
 * A `fetch` that holds each answer of a server against the server's own /openapi.json. An answer that the document does
 * not have, in its status, its media type or its body, fails the test.
 */
export function newHeldFetch(plain: Fetch): Fetch {
  // By origin: the document of a server does not change while it runs.
  const checks = new Map<string, Promise<AnswerCheck>>()
  const checkOf = (origin: string): Promise<AnswerCheck> => {
    const check = checks.get(origin) ?? readDocument(plain, origin)
    checks.set(origin, check)
    return check
  }
  return async (target, init = {}) => {
    const response = await plain(target, init)
    const { origin, pathname: path } = new URL(target)
    const method = init.method ?? 'GET'
    const type = method === 'HEAD' ? '' : (response.headers.get('content-type')?.split(';')[0] ?? '')
    // A file is not read: it may be large, and the test may break it off.
    const body = type === 'application/json' ? await response.clone().text() : undefined
    const check = await checkOf(origin)
    const answer = { method, path, status: response.status, type, body: JSON.parse(body ?? 'null') }
    assert.deepEqual(check.complaints(answer), [], `${method} ${path} ${response.status} ${body}`)
    return response
  }
}

async function readDocument(plain: Fetch, origin: string): Promise<AnswerCheck> {
  const document: unknown = await (await plain(`${origin}/openapi.json`)).json()
  return newAnswerCheck(document as OpenapiDocument)
}
