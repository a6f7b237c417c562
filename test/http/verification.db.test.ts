import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newConnectionId } from '../../src/domain/ids.ts'
import type { Identity } from '../../src/domain/profile.ts'
import { runVerification } from '../../src/flow/run-verification.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getJob } from '../../src/http/routes/get-job.ts'
import { getJobErrors } from '../../src/http/routes/get-job-errors.ts'
import { getVerifyEmail } from '../../src/http/routes/get-verify-email.ts'
import { postVerificationEmail } from '../../src/http/routes/post-verification-email.ts'
import { postVerifyEmail } from '../../src/http/routes/post-verify-email.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import type { Mail, Mailer } from '../../src/mail/mailer.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import type { UserStore } from '../../src/users/user-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

const authorization = 'Bearer update:users read:users'
const database = { id: newConnectionId(), name: 'Users', strategy: 'auth0', options: {} }
const social = { id: newConnectionId(), name: 'google', strategy: 'google-oauth2', options: {} }

const ROUTES = [postVerificationEmail, getJob, getJobErrors, getVerifyEmail, postVerifyEmail] as const

const noLink = async (): Promise<string> => 'http://x/none'

describe.each(ENGINES)('a verification mail on $name', (engine) => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const verificationSecret = Buffer.alloc(32, 7)
  const publicUrl = 'https://muster.example.com'
  let opened: TestDatabase
  let app: FastifyInstance
  let users: UserStore
  let jobs: JobStore
  let wakes: number

  beforeAll(async () => {
    opened = await withDatabase(engine)
    users = pgUserStore(opened.database)
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })
  beforeEach(async () => {
    await app?.close()
    const connections = pgConnectionStore(opened.database)
    for (const { id } of await connections.list()) await connections.remove(id)
    for (const connection of [database, social]) await connections.add(connection)
    await add({ user_id: '1', email: 'ada@example.com' })
    await add({ user_id: '2', username: 'bob' })
    await add({ user_id: '3', email: 'eve@example.com' }, social)
    jobs = memoryJobStore()
    wakes = 0
    const wake = (): void => void wakes++
    const deps = { jobs, users, connections, clock, verificationSecret }
    const routed = { ...deps, tokens: openTokens, wake, publicUrl, mintLink: noLink }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, ROUTES, routed)],
    })
  })

  async function add(attributes: Record<string, string>, connection = database): Promise<void> {
    await users.add({ profile: newProfile(attributes, { connection, now: clock.now() }) }, connection)
  }

  async function post(body: object) {
    const url = '/api/v2/jobs/verification-email'
    const response = await app.inject({ method: 'POST', url, headers: { authorization }, payload: body })
    return { status: response.statusCode, body: response.json() }
  }

  /** What a worker does with a user's job. */
  function run(userId: string, mailer?: Mailer) {
    const job = {
      id: 'job_1',
      type: 'verification_email',
      status: 'processing',
      createdAt: clock.now(),
    } as const
    const deps = { users, clock, mailer, verificationSecret, publicUrl, tenant: 'acme' }
    return runVerification({ ...job, request: { userId } }, deps, new AbortController().signal)
  }

  async function mailedLink(): Promise<string> {
    const mails: Mail[] = []
    expect(await run('auth0|1', { send: async (mail) => void mails.push(mail) })).toEqual({ kind: 'mailed' })
    expect(mails).toEqual([expect.objectContaining({ to: 'ada@example.com' })])
    const [link] = /https:\/\/\S+/.exec(mails[0]?.text ?? '') ?? []
    return String(link).replace(publicUrl, '')
  }

  async function follow(method: 'GET' | 'POST', link: string) {
    const { statusCode: status, body, headers } = await app.inject({ method, url: link })
    return { status, body, headers }
  }
  const isVerified = async (): Promise<unknown> => (await users.find('auth0|1'))?.['email_verified']

  describe('POST /api/v2/jobs/verification-email', () => {
    test('a request for a verification mail gets 201 with the job as recorded from Auth0, and wakes the worker', async () => {
      const identity = { user_id: '1', provider: 'auth0', connection_id: database.id }
      for (const more of [{}, { client_id: 'AaiyAPdpYdesoKnqjj8HJqRn4T5titww' }, { identity }]) {
        const { status, body } = await post({ user_id: 'auth0|1', ...more })
        expect(status).toBe(201)
        expect(JSON.stringify(body)).toBe(
          `{"type":"verification_email","status":"pending","created_at":"2026-01-01T00:00:00.000Z","id":"${body.id}"}`,
        )
        expect(await jobs.find(body.id)).toMatchObject({ request: { userId: 'auth0|1' } })
      }
      expect(wakes).toBe(3)
    })

    test('an address of another provider is verified if the request names its identity', async () => {
      const identity = { user_id: '3', provider: 'google-oauth2' }
      expect((await post({ user_id: 'google-oauth2|3', identity })).status).toBe(201)
      expect(await post({ user_id: 'google-oauth2|3' })).toMatchObject({
        status: 400,
        body: { message: 'Connection must be a database connection', errorCode: 'operation_not_supported' },
      })
    })

    test('an address of a linked identity is not verified in place of the first', async () => {
      await users.change('auth0|1', (present) => {
        const linked = { connection: 'google', user_id: 9, provider: 'google-oauth2', isSocial: true }
        const identities = [...present.identities, linked] as (Identity & { [key: string]: never })[]
        return { profile: { ...present, identities } }
      })
      const identity = { user_id: '9', provider: 'google-oauth2' }
      expect((await post({ user_id: 'auth0|1', identity })).body.message).toBe(
        "Only the address of a user's first identity can be verified.",
      )
    })

    const identity = { user_id: '1', provider: 'auth0' }
    test.each([
      [{}, "Payload validation error: 'Missing required property: user_id'."],
      [
        { user_id: 'auth0|1', shoe: 43 },
        "Payload validation error: 'Additional properties not allowed: shoe'.",
      ],
      [
        { user_id: 'auth0|1', client_id: '#<Random:1>' },
        "Payload validation error: 'Object didn't pass validation for format client-id: #<Random:1>' on property client_id (client_id of the client (application). If no value provided, the global Client ID will be used).",
      ],
      [
        { user_id: 'auth0|1', identity: { user_id: '1' } },
        "Payload validation error: 'Missing required property: provider' on property identity (The identity whose address the user verifies).",
      ],
      [{ user_id: 'auth0|2' }, 'User does not have an email address.'],
      [{ user_id: 'auth0|1', organization_id: 'org_0000000000000001' }, 'The organization does not exist'],
      [
        { user_id: 'auth0|1', identity: { ...identity, user_id: '2' } },
        'The user exists, but does not contain the given identity.',
      ],
      [
        { user_id: 'auth0|1', identity: { ...identity, connection_id: social.id } },
        'The user exists, but does not contain the given identity.',
      ],
      [
        { user_id: 'auth0|1', identity: { ...identity, connection_id: 'con_0000000000000000' } },
        'Identity connection does not exist.',
      ],
    ])('the verification request %j is refused, and no job is added', async (body, message) => {
      expect(await post(body)).toMatchObject({ status: 400, body: { message } })
      expect(await jobs.claim(clock.now(), 15)).toBeUndefined()
    })

    test('a verification request for an unknown user gets 404, for any characters in the id', async () => {
      for (const user_id of ['auth0|9', 'auth0|\0', '\ud800'])
        expect(await post({ user_id })).toEqual({
          status: 404,
          body: {
            statusCode: 404,
            error: 'Not Found',
            message: 'The user does not exist.',
            errorCode: 'inexistent_user',
          },
        })
    })

    test('a verification request requires the scope update:users', async () => {
      const response = await app.inject({
        method: 'POST',
        url: '/api/v2/jobs/verification-email',
        headers: { authorization: 'Bearer create:users read:users' },
        payload: { user_id: 'auth0|1' },
      })
      expect([response.statusCode, response.json().message]).toEqual([
        403,
        'Insufficient scope, expected any of: update:users',
      ])
    })
  })

  describe('the job', () => {
    const nobody: Mailer = { send: async () => expect.fail('expected no mail') }

    test('a verification job without a mail service fails with the names of the settings', async () => {
      await expect(run('auth0|1')).rejects.toThrow(
        /^No mail service is configured: set MUSTER_SMTP_URL and MUSTER_MAIL_FROM/,
      )
    })

    test('a verification job fails with the reason if its user was deleted or has no address', async () => {
      await expect(run('auth0|9', nobody)).rejects.toThrow('The user does not exist.')
      await expect(run('auth0|2', nobody)).rejects.toThrow('User does not have an email address.')
    })

    test('a failed verification job is shown as itself by /errors', async () => {
      const { body: made } = await post({ user_id: 'auth0|1' })
      const claim = await jobs.claim(clock.now(), 15)
      if (claim !== undefined) await jobs.settle(claim, { kind: 'failed', details: 'No mail today.' })
      for (const path of [made.id, `${made.id}/errors`]) {
        const response = await app.inject({ url: `/api/v2/jobs/${path}`, headers: { authorization } })
        expect([response.statusCode, response.json()]).toEqual([
          200,
          { ...made, status: 'failed', status_details: 'No mail today.' },
        ])
      }
    })
  })

  describe('the link of a mail', () => {
    test('a link of a mail verifies the address only after the button is pressed, not by fetching the page', async () => {
      const link = await mailedLink()
      clock.advance({ seconds: 60 })
      for (let times = 0; times < 3; times++) {
        const page = await follow('GET', link)
        expect([page.status, page.body]).toEqual([200, expect.stringContaining('<form method="post">')])
      }
      expect(await isVerified()).toBe(false)
      const before = await users.find('auth0|1')
      expect((await follow('POST', link)).body).toContain('Your e-mail address is confirmed.')
      expect(await users.find('auth0|1')).toEqual({
        ...before,
        email_verified: true,
        updated_at: clock.now().toISOString(),
      })
      clock.advance({ seconds: 60 })
      const verified = await users.find('auth0|1')
      for (const method of ['GET', 'POST'] as const)
        expect((await follow(method, link)).body).toContain('Your e-mail address is confirmed.')
      expect(await users.find('auth0|1')).toEqual(verified)
    })

    test('a link of a mail opens a page that no script, frame, cache or search engine can use', async () => {
      const { headers, body } = await follow('GET', await mailedLink())
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy':
          "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'x-robots-tag': 'noindex',
      })
      expect(body).not.toContain('ada')
    })

    test('a link of a mail is void for another user, and once the user has another address', async () => {
      const link = await mailedLink()
      await add({ user_id: '4', email: 'dan@example.com' })
      await users.change('auth0|1', (present) => ({ profile: { ...present, email: 'new@example.com' } }))
      for (const void_ of [link, link.replace('auth0%7C1', 'auth0%7C4'), link.replace('auth0%7C1', 'x')])
        for (const method of ['GET', 'POST'] as const)
          expect(await follow(method, void_)).toMatchObject({
            status: 403,
            body: expect.stringContaining('is for an address that is no longer in use'),
          })
      expect(await isVerified()).toBe(false)
    })

    test('a link of a mail is void if changed, cut or doubled', async () => {
      const link = await mailedLink()
      const [signature] = /signature=[^&]+/.exec(link) ?? ['']
      for (const changed of [
        '/verify-email',
        link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
        link.replace(/expires=\d/, 'expires=9'),
        link.replace(signature, 'signature=é'),
        `${link}&${signature}`,
      ])
        expect((await follow('POST', changed)).status).toBe(403)
      expect(await isVerified()).toBe(false)
    })

    test('a link of a mail is valid for five days', async () => {
      const link = await mailedLink()
      clock.advance({ seconds: 5 * 24 * 3600 + 1 })
      expect(await follow('POST', link)).toMatchObject({
        status: 403,
        body: expect.stringContaining('This link has expired'),
      })
    })
  })
})
