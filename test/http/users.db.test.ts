import { compare } from 'bcryptjs'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newConnectionId } from '../../src/domain/ids.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { deleteUser } from '../../src/http/routes/delete-user.ts'
import { getUser } from '../../src/http/routes/get-user.ts'
import { patchUser } from '../../src/http/routes/patch-user.ts'
import { postUsers } from '../../src/http/routes/post-users.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import type { UserStore } from '../../src/users/user-store.ts'
import { hashingDeps } from '../fixtures/client-secrets.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

const authorization = 'Bearer create:users read:users update:users delete:users'

describe.each(ENGINES)('/api/v2/users on $name', (engine) => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  let opened: TestDatabase
  let app: FastifyInstance
  let users: UserStore

  beforeAll(async () => {
    opened = await withDatabase(engine)
    const connections = pgConnectionStore(opened.database)
    users = pgUserStore(opened.database)
    const deps = { users, connections, clock, tokens: openTokens, ...hashingDeps(clock) }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [postUsers, getUser, patchUser, deleteUser], deps)],
    })
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })
  beforeEach(async () => {
    const connections = pgConnectionStore(opened.database)
    for (const { id } of await connections.list()) await connections.remove(id)
    for (const [name, strategy] of [
      ['Users', 'auth0'],
      ['github', 'github'],
      ['email', 'email'],
    ] as const)
      await connections.add({ id: newConnectionId(), name, strategy, options: {} })
  })

  async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', id: string, body?: object) {
    const url = `/api/v2/users${id === '' ? '' : `/${id}`}`
    const payload = body === undefined ? {} : { payload: body }
    const response = await app.inject({ method, url, headers: { authorization }, ...payload })
    return { status: response.statusCode, body: response.body === '' ? undefined : response.json() }
  }
  const ada = { connection: 'Users', email: 'Ada@x.io', password: 'correct horse', user_id: '1' }

  test('P9 a secret is refused as an attribute of a new or changed user, and accepted in metadata', async () => {
    const hash = `$2b$10$${'a'.repeat(53)}`
    const added = await call('POST', '', { ...ada, app_metadata: { legacy: hash } })
    expect(added).toMatchObject({ status: 201, body: { app_metadata: { legacy: hash } } })
    for (const [method, id, body] of [
      ['POST', '', { ...ada, email: 'b@x.io', user_id: '2' }],
      ['PATCH', 'auth0|1', {}],
    ] as const)
      for (const name of ['name', 'nickname', 'given_name']) {
        const { status, body: answer } = await call(method, id, { ...body, [name]: hash })
        expect([status, answer.errorCode]).toEqual([400, 'invalid_body'])
        expect(answer.message).toMatch(new RegExp(`looks like a secret.* on property ${name}\\.$`))
        expect(answer.message).not.toContain(hash)
      }
  })

  test('a new user is found with what Auth0 derives from the address, and without the password', async () => {
    const added = await call('POST', '', { ...ada, user_metadata: { a: 1 }, verify_email: false })
    expect(added).toMatchObject({
      status: 201,
      body: {
        user_id: 'auth0|1',
        email: 'ada@x.io',
        email_verified: false,
        nickname: 'ada',
        user_metadata: { a: 1 },
      },
    })
    for (const id of ['auth0%7C1', 'auth0|1']) {
      expect(await call('GET', id)).toEqual({ status: 200, body: added.body })
    }
    expect(JSON.stringify(added)).not.toContain('correct horse')
    const [row] = await opened.database.query<{ password_hash: string }>(
      'select password_hash from muster.credentials',
    )
    expect(row?.password_hash).toMatch(/^\$2b\$10\$/)
    expect(await compare('correct horse', row?.password_hash ?? '')).toBe(true)
  })

  test('a user is shown with or without the fields named', async () => {
    await call('POST', '', ada)
    expect((await call('GET', 'auth0|1?fields=email,user_id')).body).toEqual({
      user_id: 'auth0|1',
      email: 'ada@x.io',
    })
    const dropped = await call('GET', 'auth0|1?fields=user_id,identities&include_fields=false')
    expect(Object.keys(dropped.body)).not.toContain('user_id')
    expect(dropped.body.email).toBe('ada@x.io')
  })

  test.each([
    [{ email: 'a@x.io' }, 400, "Payload validation error: 'Missing required property: connection'."],
    [{ ...ada, connection: 'Nobodys' }, 400, 'The connection does not exist.'],
    [
      { connection: 'Users', password: 'p' },
      400,
      "Payload validation error: 'Missing required property: email'.",
    ],
    [
      { connection: 'Users', email: 'a@x.io' },
      400,
      "Payload validation error: 'Missing required property: password'.",
    ],
    [{ ...ada, shoe: 43 }, 400, "Payload validation error: 'Additional properties not allowed: shoe'."],
    [
      { ...ada, blocked: 'no' },
      400,
      "Payload validation error: 'Expected type boolean but found type string' on property blocked (Whether this user was blocked by an administrator).",
    ],
    [
      { ...ada, name: 'a\0' },
      400,
      "Payload validation error: 'This cannot be stored: text holds a NUL character at position 1' on property name.",
    ],
    [
      { ...ada, password: 'é'.repeat(37) },
      400,
      "Payload validation error: 'Password is too long, maximum 72 bytes' on property password.",
    ],
  ])('a POST of the user %j is refused', async (body, status, message) => {
    expect(await call('POST', '', body)).toMatchObject({ status, body: { message } })
  })

  test('a user whose address or id is in use is refused', async () => {
    await call('POST', '', ada)
    const conflict = {
      statusCode: 409,
      error: 'Conflict',
      message: 'The user already exists.',
      errorCode: 'auth0_idp_error',
    }
    expect(await call('POST', '', { ...ada, user_id: '2' })).toEqual({ status: 409, body: conflict })
    expect(await call('POST', '', { ...ada, email: 'b@x.io' })).toEqual({ status: 409, body: conflict })
  })

  test('a PATCH merges metadata on its first level, unsets what is null, and replaces the rest', async () => {
    await call('POST', '', {
      ...ada,
      nickname: 'old',
      given_name: 'Ada',
      email_verified: true,
      user_metadata: { keep: 1, change: { a: 1, b: 2 }, drop: true },
    })
    clock.advance({ seconds: 60 })
    const changed = await call('PATCH', 'auth0%7C1', {
      nickname: 'new',
      given_name: null,
      user_metadata: { change: { c: 3 }, drop: null },
      app_metadata: { plan: 'gold' },
      blocked: true,
    })
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({
      nickname: 'new',
      email_verified: true,
      user_metadata: { keep: 1, change: { c: 3 } },
      app_metadata: { plan: 'gold' },
      blocked: true,
      updated_at: clock.now().toISOString(),
    })
    expect(changed.body.user_metadata).not.toHaveProperty('drop')
    expect(changed.body).not.toHaveProperty('given_name')
    expect((await call('GET', 'auth0|1')).body).toEqual(changed.body)
  })

  test('a new address is not verified unless the request says so', async () => {
    await call('POST', '', { ...ada, email_verified: true })
    expect((await call('PATCH', 'auth0|1', { email: 'ADA@x.io' })).body.email_verified).toBe(true)
    expect((await call('PATCH', 'auth0|1', { email: 'B@x.io' })).body).toMatchObject({
      email: 'b@x.io',
      email_verified: false,
    })
    const both = await call('PATCH', 'auth0|1', { email: 'c@x.io', email_verified: true })
    expect(both.body.email_verified).toBe(true)
  })

  test('a new password is stored as a hash and sets last_password_reset', async () => {
    await call('POST', '', ada)
    const { body } = await call('PATCH', 'auth0|1', { password: 'battery staple', connection: 'Users' })
    expect(body.last_password_reset).toBe(clock.now().toISOString())
    const [row] = await opened.database.query<{ password_hash: string }>(
      'select password_hash from muster.credentials',
    )
    expect(await compare('battery staple', row?.password_hash ?? '')).toBe(true)
  })

  test.each([
    [{ password: 'p', email: 'b@x.io' }, 'Cannot update password and email simultaneously'],
    [{ password: 'p', email_verified: true }, 'Cannot update password and email_verified simultaneously'],
    [{ password: 'p', username: 'u' }, 'Cannot update username and password simultaneously'],
    [{ email_verified: true, username: 'u' }, 'Cannot update username and email_verified simultaneously'],
  ])('a PATCH with %j is refused', async (body, message) => {
    await call('POST', '', ada)
    expect(await call('PATCH', 'auth0|1', body)).toMatchObject({
      status: 400,
      body: { message, errorCode: 'operation_not_supported' },
    })
  })

  test('a user added or changed after an import has a later time than the import’s users, even if the clock is behind', async () => {
    const last = (await users.takeTimes(clock.now(), 5000)).getTime() + 4999
    const added = await call('POST', '', { ...ada, user_id: 't' })
    const changed = await call('PATCH', 'auth0|t', { user_metadata: { a: 1 } })
    const [created, updated] = [added.body.created_at, changed.body.updated_at].map((time) =>
      Date.parse(time),
    )
    expect([Number(created) > last, Number(updated) > Number(created)]).toEqual([true, true])
    expect((await call('GET', 'auth0|t')).body).toEqual(changed.body)
  })

  test('a PATCH with an empty object empties metadata, and a stored member that is null stays', async () => {
    await call('POST', '', { ...ada, user_id: 'm', user_metadata: { a: 1 }, app_metadata: { r: 1 } })
    const stored = { gone: null, d: 1, deep: { n: null } }
    const emptied = await call('PATCH', 'auth0|m', { user_metadata: {}, app_metadata: {} })
    expect(emptied.body).toMatchObject({ user_metadata: {}, app_metadata: {} })
    expect(emptied.body.user_metadata).toEqual({})
    expect((await call('GET', 'auth0|m')).body.app_metadata).toEqual({})
    await users.change('auth0|m', (present) => ({ profile: { ...present, user_metadata: stored } }))
    const changed = await call('PATCH', 'auth0|m', { user_metadata: { e: 2, d: null } })
    expect(changed.body.user_metadata).toEqual({ gone: null, deep: { n: null }, e: 2 })
    const unset = await call('PATCH', 'auth0|m', { user_metadata: null })
    expect(unset.body).not.toHaveProperty('user_metadata')
  })

  test('a PATCH cannot change what an identity provider sets, and can change metadata', async () => {
    await call('POST', '', { connection: 'github', email: 'a@x.io', user_id: '7' })
    for (const body of [{ email: 'b@x.io' }, { password: 'p' }, { name: 'B' }]) {
      expect((await call('PATCH', 'github|7', body)).status).toBe(400)
    }
    expect((await call('PATCH', 'github|7', { app_metadata: { a: 1 }, blocked: true })).status).toBe(200)
  })

  test('a PATCH to an address of another user is refused', async () => {
    await call('POST', '', ada)
    await call('POST', '', { ...ada, user_id: '2', email: 'b@x.io' })
    expect((await call('PATCH', 'auth0|1', { email: 'b@x.io' })).status).toBe(409)
  })

  test('a profile does not grow beyond 1 MB by many changes', async () => {
    await call('POST', '', ada)
    const half = 'x'.repeat(600_000)
    expect((await call('PATCH', 'auth0|1', { user_metadata: { a: half } })).status).toBe(200)
    expect((await call('PATCH', 'auth0|1', { user_metadata: { b: half } })).status).toBe(400)
  })

  test('an unknown user gets 404, and deleting an unknown user gets 204', async () => {
    const unknown = {
      status: 404,
      body: {
        statusCode: 404,
        error: 'Not Found',
        message: 'The user does not exist.',
        errorCode: 'inexistent_user',
      },
    }
    expect(await call('GET', 'auth0|9')).toEqual(unknown)
    expect(await call('PATCH', 'auth0|9', { name: 'x' })).toEqual(unknown)
    await call('POST', '', ada)
    for (const _ of [1, 2])
      expect(await call('DELETE', 'auth0%7C1')).toEqual({ status: 204, body: undefined })
    expect(await call('GET', 'auth0|1')).toEqual(unknown)
  })

  test('each call about users requires its own scope', async () => {
    const scopes = { GET: 'read:users', POST: 'create:users', DELETE: 'delete:users' }
    for (const [method, scope] of Object.entries(scopes)) {
      const url = method === 'POST' ? '/api/v2/users' : '/api/v2/users/auth0%7C1'
      const headers = { authorization: 'Bearer read:connections' }
      const response = await app.inject({ method: method as 'GET', url, headers })
      expect([response.statusCode, response.json().message]).toEqual([
        403,
        `Insufficient scope, expected any of: ${scope}`,
      ])
    }
  })

  test('a number keeps every digit through POST, GET and a PATCH of another member', async () => {
    const digits = '{"id":17841461234567891,"price":1.50,"d":0.1234567890123456789}'
    const send = (method: 'POST' | 'PATCH', url: string, payload: string) =>
      app.inject({ method, url, payload, headers: { authorization, 'content-type': 'application/json' } })
    const body = `{"connection":"Users","email":"n@x.io","password":"correct horse","user_id":"n","app_metadata":${digits}}`
    expect((await send('POST', '/api/v2/users', body)).body).toContain(`"app_metadata":${digits}`)
    const patched = await send('PATCH', '/api/v2/users/auth0|n', '{"name":"N","user_metadata":{"n":1E5}}')
    expect(patched.body).toContain('17841461234567891')
    const got = await app.inject({ url: '/api/v2/users/auth0|n', headers: { authorization } })
    for (const number of [
      '"id":17841461234567891',
      '"price":1.50',
      '"d":0.1234567890123456789',
      '"n":100000',
    ])
      expect(got.body).toContain(number)
  })

  test.each([
    [
      '{"user_metadata":{"n":[1e308]}}',
      "309 digits when it is written without an exponent, and at most 100 are kept' on property user_metadata.n[0].",
    ],
    [
      '{"user_metadata":{"plan":"a","plan":"b"}}',
      `'The name "plan" appears twice in one object' on property user_metadata.`,
    ],
    ['{"name":"a","na\\u006de":"b"}', `'The name "name" appears twice in one object'.`],
    ['{"user_metadata":1.50}', 'but found type number'],
    ['{"blocked":17841461234567891}', "'Expected type boolean but found type integer' on property blocked"],
  ])('a body that could not be stored unchanged is refused: %s', async (payload, message) => {
    await call('POST', '', ada)
    const headers = { authorization, 'content-type': 'application/json' }
    const answer = await app.inject({ method: 'PATCH', url: '/api/v2/users/auth0|1', payload, headers })
    expect(answer.statusCode).toBe(400)
    expect(answer.json().message).toContain(message)
  })
})
