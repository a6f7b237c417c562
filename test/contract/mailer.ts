import { afterEach, beforeEach, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import type { Mail, Mailer } from '../../src/mail/mailer.ts'

export interface OpenMailer {
  readonly mailer: Mailer
  /** What has arrived, and at which addresses. */
  readonly arrived: () => readonly { readonly to: readonly string[]; readonly text: string }[]
  /** From now on mails are refused in words that name the address; no connection ends before it has an answer. */
  readonly refuse: (to: string) => void
  /** From now on nothing answers a mail. */
  readonly fallSilent: () => void
  /** From now on no recipient can be reached. */
  readonly vanish: () => Promise<void>
  readonly stop: () => Promise<void>
}

const mail: Mail = { to: 'ada@example.com', subject: 'Grüße', text: 'Ein langer Satz. '.repeat(20) }
const never = new AbortController().signal

/** What any mailer must do. */
export function mailerContract(open: () => Promise<OpenMailer>): void {
  let opened: OpenMailer
  beforeEach(async () => {
    opened = await open()
  })
  afterEach(() => opened.stop())

  async function failure(): Promise<Failure> {
    const error: unknown = await opened.mailer.send(mail, never).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (error instanceof Failure) return error
    throw new Error(`expected a Failure, came ${String(error)}`)
  }

  test('a sent mail has arrived once, at its address', async () => {
    await opened.mailer.send(mail, never)
    expect(opened.arrived().map(({ to, text }) => ({ to, text: text.trimEnd() }))).toEqual([
      { to: [mail.to], text: mail.text.trimEnd() },
    ])
  })

  test('a text that looks like two addresses reaches at most one recipient', async () => {
    await opened.mailer.send({ ...mail, to: 'a@example.com, b@example.com' }, never)
    const readers = opened.arrived().flatMap(({ to }) => to)
    expect(readers).toHaveLength(1)
    expect(readers).not.toContain('b@example.com')
  })

  test('P9 a refused mail fails without its address', async () => {
    opened.refuse(mail.to)
    const { code, message } = await failure()
    expect(code).toBe('mail_refused')
    expect(message).not.toContain('ada@')
    expect(opened.arrived()).toEqual([])
  })

  test('a mail that no server accepts fails as unreachable', async () => {
    await opened.vanish()
    expect((await failure()).code).toBe('mail_unreachable')
  })

  test('a mail that is aborted fails with the reason at once', async () => {
    opened.fallSilent()
    const stopping = new AbortController()
    const sending = opened.mailer.send(mail, stopping.signal)
    const reason = new Error('stopping')
    stopping.abort(reason)
    await expect(sending).rejects.toBe(reason)
  })
}
