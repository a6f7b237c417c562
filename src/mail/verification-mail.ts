import type { Mail } from './mailer.ts'

export function verificationMail(to: string, link: string, tenant: string): Mail {
  return {
    to,
    subject: 'Confirm your e-mail address',
    text: `Somebody asked ${tenant} to check that this address is yours.

Is it? Then open this page within five days, and press its button:

${link}

If you know nothing of this, do nothing: the address stays unconfirmed.
`,
  }
}
