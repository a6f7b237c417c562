/** Where mails are handed over to be carried. */
export interface MailServer {
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
  /** TLS from the first byte on; else STARTTLS where the server offers it. */
  readonly isSecure: boolean
  readonly login?: { readonly user: string; readonly password: string }
}
