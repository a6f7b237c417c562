import createClient, { type Client } from 'openapi-fetch'
import type { components, operations, paths } from './openapi.d.ts'
import { at } from './place.ts'
import { problemOf, unreachable } from './problem.ts'

export type Api = Client<paths>
export type Job = components['schemas']['Job']
export type Connection = components['schemas']['Connection']
type ExportBody = NonNullable<operations['post_users-exports']['requestBody']>
/** All members that the request for an export can have. */
export type ExportRequest = ExportBody['content']['application/json']

/** `onRefused` is called when the server no longer accepts the token. */
export function newApi(token: string, onRefused: () => void): Api {
  const api = createClient<paths>({
    baseUrl: at('/').replace(/\/$/, ''),
    headers: { authorization: `Bearer ${token}` },
    credentials: 'omit',
    cache: 'no-store',
  })
  api.use({
    onResponse: ({ response }) => {
      if (response.status === 401) onRefused()
    },
    onError: ({ error }) => (isAbort(error) ? undefined : unreachable(error)),
  })
  return api
}

/** The data of an answer. Throws a `Problem` if the server refused. */
export async function dataOf<T>(
  asked: Promise<{ readonly data?: T; readonly error?: unknown; readonly response: Response }>,
): Promise<T> {
  const { data, error, response } = await asked
  if (!response.ok) throw problemOf(response, error)
  return data as T
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
