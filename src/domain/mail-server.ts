export interface MailServer {
  /** A name, or an IP address without brackets. */
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
  readonly login?: { readonly user: string; readonly password: string }
}
