import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import type { MailServer } from '../../src/domain/mail-server.ts'
import { smtpMailer } from '../../src/mail/smtp-mailer.ts'
import { errorLine } from '../../src/observe/log.ts'
import { mailerContract } from '../contract/mailer.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { type SmtpServer, startSmtpServer } from '../fixtures/smtp-server.ts'

const clock = fixedClock('2026-01-01T00:00:00Z')
const never = new AbortController().signal
const mail = { to: 'ada@example.com', subject: 'Grüße', text: 'Ein langer Satz. '.repeat(20) }

let smtp: SmtpServer
beforeEach(async () => {
  smtp = await startSmtpServer()
})
afterEach(() => smtp.stop())

function mailer(server: Partial<MailServer> = {}) {
  const whole = { host: '127.0.0.1', port: smtp.port, isSecure: false, ...server }
  return smtpMailer({ server: whole, from: 'Muster <muster@example.com>', clock })
}

async function failure(server: Partial<MailServer> = {}, to = mail.to): Promise<Failure> {
  const error: unknown = await mailer(server)
    .send({ ...mail, to }, never)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  if (error instanceof Failure) return error
  throw new Error(`expected a Failure, came ${String(error)}`)
}

describe('mailer by SMTP', () => {
  mailerContract(async () => ({
    mailer: mailer(),
    arrived: () => smtp.mails,
    refuse: (to) => smtp.refuse('RCPT', `550 5.1.1 <${to}> is unknown here`),
    fallSilent: () => smtp.refuse('DATA', ''),
    vanish: () => smtp.stop(),
    stop: async () => undefined,
  }))
})

describe('a mail', () => {
  test('a mail arrives unchanged, with the clock’s date and the mark of an automatic mail', async () => {
    await mailer().send(mail, never)
    expect(smtp.mails).toHaveLength(1)
    expect(smtp.mails[0]).toMatchObject({ from: 'muster@example.com', to: [mail.to], login: undefined })
    expect(smtp.mails[0]?.text.trimEnd()).toBe(mail.text.trimEnd())
    const headers = smtp.mails[0]?.headers ?? ''
    expect(headers).toMatch(/^From: Muster <muster@example\.com>$/m)
    expect(headers).toMatch(/^To: ada@example\.com$/m)
    expect(headers).toMatch(/^Date: Thu, 01 Jan 2026 00:00:00 \+0000$/m)
    expect(headers).toMatch(/^Auto-Submitted: auto-generated$/m)
    expect(headers).not.toMatch(/nodemailer/i)
  })

  test('a mail goes to one recipient, for an address of any characters', async () => {
    for (const to of ['a@example.com, b@example.com', 'a@example.com\r\nRCPT TO:<b@example.com>'])
      await mailer().send({ ...mail, to }, never)
    const readers = smtp.mails.map((received) => received.to)
    expect(readers.map((to) => to.length)).toEqual([1, 1])
    expect(readers.flat()).not.toContain('b@example.com')
  })

  test('a mailer logs in with its user name and password', async () => {
    await mailer({ login: { user: 'muster', password: 'p:@/ß' } }).send(mail, never)
    expect(smtp.mails[0]?.login).toBe('muster p:@/ß')
  })
})

describe('a mail that cannot be sent', () => {
  test.each([
    [
      'RCPT',
      '550 5.1.1 <ada@example.com> is unknown here',
      'The mail server refused the mail at RCPT TO: SMTP 550.',
    ],
    ['MAIL', '451 greylisted, ada@example.com', 'The mail server refused the mail at MAIL FROM: SMTP 451.'],
    ['.', '554 no spam to ada@example.com', 'The mail server refused the mail at DATA: SMTP 554.'],
  ])('P9 a mail refused at %s fails with its code and without the address', async (verb, answer, message) => {
    smtp.refuse(verb, answer)
    const refused = await failure()
    expect([refused.code, refused.message]).toEqual(['mail_refused', message])
    expect(JSON.stringify(errorLine(refused))).not.toContain('ada@')
  })

  test('P9 a refused password is reported without being shown', async () => {
    smtp.refuse('AUTH', '535 muster hunter2 is not good')
    const refused = await failure({ login: { user: 'muster', password: 'hunter2' } })
    expect(refused.message).toBe('The mail server refused the mail at AUTH PLAIN: SMTP 535.')
    expect(JSON.stringify(errorLine(refused))).not.toContain('hunter2')
  })

  test('a mail fails with the reason if no server listens or the server hangs up', async () => {
    smtp.refuse('DATA', 'hang up')
    expect((await failure()).code).toBe('mail_unreachable')
    const { port } = smtp
    await smtp.stop()
    const unreachable = await failure({ port })
    expect([unreachable.code, unreachable.message]).toEqual([
      'mail_unreachable',
      'The mail server cannot be reached or used: ESOCKET.',
    ])
  })

  test('a password is never sent over a network to a server without TLS', async () => {
    // As if it were elsewhere: the name leads to this machine, but is not known to.
    const login = { user: 'muster', password: 'hunter2' }
    const refused = await failure({ host: '::ffff:127.0.0.1', login })
    expect(refused.message).toBe('The mail server refused the mail at STARTTLS: SMTP 502.')
  })

  test('a mail is aborted at once when the worker stops', async () => {
    smtp.refuse('DATA', '')
    const stopping = new AbortController()
    const sending = mailer().send(mail, stopping.signal)
    stopping.abort(new Error('stopping'))
    await expect(sending).rejects.toThrow('stopping')
  })
})
