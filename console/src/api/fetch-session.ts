import { at } from './place.ts'

/** How a person signs in. */
export type Credentials =
  | { readonly client_id: string; readonly client_secret: string }
  | { readonly token: string }
  | { readonly code: string }

/** The session of the cookie: read, begun or ended. Nothing else is imported here, since this runs before all other code. */
export function fetchSession(method: 'GET' | 'POST' | 'DELETE', body?: Credentials): Promise<Response> {
  return fetch(at('/console/session'), {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
}
