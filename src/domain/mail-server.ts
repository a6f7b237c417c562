export interface MailServer {
  /** A name, or an IP address without brackets. */
  readonly host: string
  readonly port: number
  /** True: TLS from the first byte. False: STARTTLS if the server offers it. */
  readonly isSecure: boolean
  readonly login?: { readonly user: string; readonly password: string }
}
