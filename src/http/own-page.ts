import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../domain/address.ts'
import { Failure } from '../domain/failure.ts'

/**
 * Browsers say which page sends a request. Only a page of this server may use a session. A program that is no browser
 * sends neither header, and may. Fails with `origin_refused`.
 */
export function requireOwnPage({ headers }: FastifyRequest, publicUrl: string): void {
  const { origin, 'sec-fetch-site': site } = headers
  // Another port of this machine is the same site for a browser, so `same-site` is not enough.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw refused(publicUrl)
  if (origin !== undefined && !originsOf(publicUrl).includes(origin)) throw refused(publicUrl)
}

// The names of this machine are equal. A domain of an attacker that leads to this machine is none of them.
function originsOf(publicUrl: string): readonly string[] {
  const { origin, protocol, hostname, port } = new URL(publicUrl)
  if (!isLoopback(hostname)) return [origin]
  const end = port === '' ? '' : `:${port}`
  return [origin, ...['localhost', '127.0.0.1', '[::1]'].map((name) => `${protocol}//${name}${end}`)]
}

function refused(publicUrl: string): Failure {
  return new Failure(
    'origin_refused',
    `Only a page of this server may do this. Expected the origin ${new URL(publicUrl).origin}, which comes from MUSTER_PUBLIC_URL.`,
  )
}
