/** One mail, to one reader, of plain text. */
export interface Mail {
  /** An address as a user has it: no name, no brackets. */
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Whoever carries mails. */
export interface Mailer {
  /**
   * Hands a mail over; resolves once it is out of our hands. Fails with `mail_refused` or `mail_unreachable`, in
   * words that name no address. Rejects when the signal aborts: then the mail may have gone out all the same.
   */
  send(mail: Mail, signal: AbortSignal): Promise<void>
}
