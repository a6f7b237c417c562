import { createTransport } from 'nodemailer'
import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { MailServer } from '../domain/mail-server.ts'
import type { Mailer } from './mailer.ts'

export interface SmtpMailerOptions {
  readonly server: MailServer
  readonly from: string
  readonly clock: Clock
}

// A server that works accepts a connection at once, so a longer wait would only delay other mails.
const CONNECT_MS_MAX = 10_000
// RFC 5321, 4.5.3.2, allows minutes of silence. But a silent server would hold up the other mails for so long.
const SILENCE_MS_MAX = 30_000

export function smtpMailer({ server, from, clock }: SmtpMailerOptions): Mailer {
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.isSecure,
    ...(server.login === undefined
      ? {}
      : { auth: { user: server.login.user, pass: server.login.password }, requireTLS: !isLoopback(server) }),
    connectionTimeout: CONNECT_MS_MAX,
    greetingTimeout: CONNECT_MS_MAX,
    dnsTimeout: CONNECT_MS_MAX,
    socketTimeout: SILENCE_MS_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    send: async (mail, signal) => {
      try {
        await transport.sendMail({
          from,
          // An object, since nodemailer reads a text as a list: a comma in an address would add a recipient.
          to: { name: '', address: mail.to },
          subject: mail.subject,
          text: mail.text,
          date: clock.now(),
          xMailer: false,
          // RFC 3834: absence notices do not answer a mail with this header.
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal,
        })
      } catch (error) {
        throw signal.aborted ? signal.reason : failureOf(error)
      }
    },
  }
}

// Without TLS, a password could be read on its way to another machine.
function isLoopback({ host }: MailServer): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

interface SmtpError {
  readonly responseCode?: number
  readonly command?: string
  readonly code?: string
}

// The message holds only codes: the texts of servers often contain addresses.
function failureOf(error: unknown): Failure {
  const { responseCode, command, code = 'ESOCKET' } = error as SmtpError
  const options = { cause: error }
  if (responseCode !== undefined) {
    const at = command === undefined || command === 'CONN' ? '' : ` at ${command}`
    return new Failure(
      'mail_refused',
      `The mail server refused the mail${at}: SMTP ${responseCode}.`,
      options,
    )
  }
  if (code === 'EENVELOPE' || code === 'EMESSAGE')
    return new Failure('mail_refused', `The mail cannot be sent: ${code}.`, options)
  return new Failure('mail_unreachable', `The mail server cannot be reached or used: ${code}.`, options)
}
