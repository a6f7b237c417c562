export interface Mail {
  /** One plain address: a name or brackets could hide a second recipient. */
  readonly to: string
  readonly subject: string
  readonly text: string
}

export interface Mailer {
  /**
   * Resolves when the mail server has accepted the mail. Fails with `mail_refused` or `mail_unreachable`; the messages
   * contain no address. Rejects when the signal aborts, and the mail may still be delivered.
   */
  send(mail: Mail, signal: AbortSignal): Promise<void>
}
