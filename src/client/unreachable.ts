import { Failure } from '../domain/failure.ts'

const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Why a request got no answer, and what to do. */
export function unreachable(url: URL, cause: unknown): Failure {
  const code = codeOf(cause)
  if (UNTRUSTED.has(code)) return new Failure('certificate_untrusted', untrusted(url), { cause })
  return new Failure('server_unreachable', sentence(url, code, cause), { cause })
}

function untrusted({ origin }: URL): string {
  return `The certificate of ${origin} is signed by an authority that this machine does not trust. \
Give the authority's PEM file with --ca-file FILE, or set MUSTER_CA_FILE. A server with --tls-self-signed writes that file to tls/ca.pem in its data folder.`
}

function sentence(url: URL, code: string, cause: unknown): string {
  const { origin, hostname } = url
  switch (code) {
    case 'ECONNREFUSED':
      return `No server answers at ${origin}: the connection was refused. Start one with "muster serve", or give the right address with --url.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `There is no host with the name ${hostname}, or the name server does not answer. Look at --url or --domain.`
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `The certificate of ${origin} is not valid at this time (${code}). Look at the clock of this machine, and at the certificate.`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate of ${origin} is for another name. Use the name that the certificate has.`
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return `${origin} does not speak TLS. If the server speaks plain HTTP, use http:// instead of https://.`
    default:
      return `The connection to ${origin} failed: ${cause instanceof Error ? cause.message : String(cause)}. See whether the server runs, and try again.`
  }
}

function codeOf(error: unknown): string {
  // Node tries every address of a host. The first error stands for all.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
