import type { MailServer } from './domain/mail-server.ts'
import { type Key, mailSender, smtpServer, type ValuesOf } from './settings.ts'

export const MAIL_KEYS = {
  smtpUrl: {
    env: 'MUSTER_SMTP_URL',
    about: 'Mail server: smtp://host or smtps://host, with user:password@ and :port if needed.',
    unset: 'no mail is sent',
    parse: smtpServer,
  },
  mailFrom: {
    env: 'MUSTER_MAIL_FROM',
    about: 'Sender of mails: an address, or Name <address>.',
    unset: 'no mail is sent',
    parse: mailSender,
  },
} as const satisfies Record<string, Key<unknown>>

type Values = ValuesOf<typeof MAIL_KEYS>

export interface MailSettings {
  readonly server: MailServer
  readonly from: string
}

export function mailContradictions({ smtpUrl, mailFrom }: Values): string[] {
  if ((smtpUrl === undefined) === (mailFrom === undefined)) return []
  return ['MUSTER_SMTP_URL and MUSTER_MAIL_FROM: expected both or neither']
}

export function mailOf({ smtpUrl: server, mailFrom: from }: Values): MailSettings | undefined {
  return server === undefined || from === undefined ? undefined : { server, from }
}
