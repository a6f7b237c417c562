import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SmtpServer, startSmtpServer } from '../fixtures/smtp-server.ts'
import { type Api, apiOf, discard, heldFetch, type Server, startServer } from './harness.ts'

let smtp: SmtpServer
let server: Server
let api: Api
beforeAll(async () => {
  smtp = await startSmtpServer()
  server = await startServer({
    env: {
      MUSTER_SMTP_URL: `smtp://muster:hunter2@127.0.0.1:${smtp.port}`,
      MUSTER_MAIL_FROM: 'Muster <muster@example.com>',
    },
  })
  api = await apiOf(server)
})
afterAll(async () => {
  await discard(server)
  await smtp.stop()
})

async function newUser(email: string): Promise<string> {
  const order = { connection: 'Username-Password-Authentication', email, password: 'long enough 1!' }
  return ((await (await api.post('users', order)).json()) as { user_id: string }).user_id
}

async function verificationJob(userId: string): Promise<Record<string, unknown>> {
  const made = (await (await api.post('jobs/verification-email', { user_id: userId })).json()) as {
    id: string
  }
  return api.job(made.id, 'completed', 'failed')
}

test('a user who follows the link of the mail and presses the button has a verified address', async () => {
  const userId = await newUser('ada@example.com')
  const user = async () =>
    (await (await api.get(`users/${encodeURIComponent(userId)}`)).json()) as Record<string, unknown>
  expect((await verificationJob(userId))['status']).toBe('completed')
  const [mail] = smtp.mails
  expect(mail).toMatchObject({ from: 'muster@example.com', to: ['ada@example.com'], login: 'muster hunter2' })
  const [link = ''] = /http:\S+/.exec(mail?.text ?? '') ?? []
  expect(link.startsWith(`${server.url}/verify-email?`)).toBe(true)
  expect((await heldFetch(link)).status).toBe(200)
  expect((await user())['email_verified']).toBe(false)
  // What a browser sends for the button of the page.
  const form = new URLSearchParams()
  expect((await heldFetch(link, { method: 'POST', body: form })).status).toBe(200)
  expect((await user())['email_verified']).toBe(true)
  expect(server.output()).not.toMatch(/ada@example|hunter2|signature=/)
})

test('P9 a refused mail fails its job with the SMTP code and without the address', async () => {
  smtp.refuse('RCPT', '550 5.1.1 <bob@example.com> is unknown here')
  const job = await verificationJob(await newUser('bob@example.com'))
  expect(job).toMatchObject({
    status: 'failed',
    status_details: 'The mail server refused the mail at RCPT TO: SMTP 550.',
  })
  expect(await (await api.get(`jobs/${job['id']}/errors`)).json()).toEqual(job)
  expect(server.output()).toContain('mail_refused')
  expect(server.output()).not.toContain('bob@')
})
