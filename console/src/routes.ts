/**
 * The pages of the console. Their addresses stand behind `#`, so that every other path stays the API's: a client that
 * asks for an unknown path gets a 404 in JSON.
 */
export const ROUTES = {
  overview: '/',
  newExport: '/export',
  jobs: '/jobs',
  job: '/jobs/:id',
  import: '/import',
  users: '/users',
  user: '/users/:id',
  signIn: '/sign-in/:code',
} as const

/** For the attribute `href`. */
export function hrefOf(to: string): string {
  return `#${to}`
}

export function jobPath(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`
}

export function userPath(id: string): string {
  // The router decodes an address once (decodeURI), and the shell decodes the id in it. Only `%` would be decoded twice.
  return `/users/${encodeURIComponent(id.replaceAll('%', '%25'))}`
}
