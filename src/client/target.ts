/** What answers: Muster with its extensions, or a tenant of Auth0, which has none of them. */
export type TargetKind = 'muster' | 'auth0'

export type Credentials =
  | { readonly kind: 'client'; readonly id: string; readonly secret: string }
  | { readonly kind: 'token'; readonly token: string }

export interface Target {
  readonly kind: TargetKind
  /** Without a slash at the end: `http://localhost:8080`, `https://tenant.auth0.com`. */
  readonly url: string
  readonly audience: string
  readonly credentials: Credentials
  /** PEM file of a certificate authority to trust besides the well-known ones. */
  readonly caFile?: string
}

/** Auth0 and Muster both name the Management API so, with a slash at the end. */
export function audienceOf(url: string): string {
  return `${url}/api/v2/`
}
