import type { FastifyInstance } from 'fastify'
import type { Json, JsonObject } from '../../domain/json.ts'
import { addUser, type ChangeUserDeps, changeUser, findUser, removeUser } from '../../flow/change-user.ts'
import { requireScopes, type TokenVerifier } from '../authenticate.ts'
import { requireMemberScopes, WRITE_SCOPES } from '../member-scopes.ts'
import { queryParameters } from '../paged-list.ts'
import { type FieldSelection, fieldSelectionProperties, selectFields } from '../select-fields.ts'
import { validateBody, validateQuery } from '../validate.ts'

const selectionSchema = { type: 'object', properties: fieldSelectionProperties }

const EMAIL = { description: "The user's email.", format: 'email' }
const PHONE = {
  description: "The user's phone number (following the E.164 recommendation).",
  pattern: '^\\+[0-9]{1,15}$',
}
const NAMES = {
  given_name: { description: "The user's given name(s).", minLength: 1, maxLength: 150 },
  family_name: { description: "The user's family name(s).", minLength: 1, maxLength: 150 },
  name: { description: "The user's full name.", minLength: 1, maxLength: 300 },
  nickname: { description: "The user's nickname.", minLength: 1, maxLength: 300 },
  picture: { description: "A URI pointing to the user's picture.", format: 'strict-uri' },
}
const PASSWORD = { description: 'Initial password for this user.', minLength: 1 }
const USERNAME = { description: "The user's username.", minLength: 1, maxLength: 128 }
const CONNECTION = {
  type: 'string',
  description: 'Name of the connection this user belongs to.',
  minLength: 1,
}
const VERIFY = { type: 'boolean', description: 'Whether to send a verification message; none is ever sent.' }
const FLAGS = {
  blocked: { type: 'boolean', description: 'Whether this user was blocked by an administrator.' },
  email_verified: { type: 'boolean', description: 'Whether this email address is verified.' },
  phone_verified: { type: 'boolean', description: 'Whether this phone number is verified.' },
}
const USER_METADATA = { description: 'Data that the user may read and change.' }
const APP_METADATA = { description: 'Data that the user may read and not change.' }

const text = (rule: object) => ({ type: 'string', ...rule })
// Auth0: supported attributes can be unset by supplying null.
const unsettable = (rule: object) => ({ type: ['string', 'null'], ...rule })

function each(rules: Readonly<Record<string, object>>, as: (rule: object) => object): Record<string, object> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, as(rule)]))
}

const createSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['connection'],
  properties: {
    email: text(EMAIL),
    phone_number: text(PHONE),
    user_metadata: { type: 'object', ...USER_METADATA },
    ...FLAGS,
    app_metadata: { type: 'object', ...APP_METADATA },
    ...each(NAMES, text),
    user_id: {
      type: 'string',
      description: 'The external user id, without the prefix of the connection.',
      maxLength: 255,
      pattern: '^\\S*$',
    },
    connection: CONNECTION,
    password: text(PASSWORD),
    verify_email: VERIFY,
    username: text(USERNAME),
  },
}

const updateSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...FLAGS,
    email: unsettable(EMAIL),
    phone_number: unsettable(PHONE),
    user_metadata: { type: ['object', 'null'], ...USER_METADATA },
    app_metadata: { type: ['object', 'null'], ...APP_METADATA },
    ...each(NAMES, unsettable),
    verify_email: VERIFY,
    verify_phone_number: VERIFY,
    password: unsettable(PASSWORD),
    connection: CONNECTION,
    client_id: { type: 'string', description: 'The client that asks; not used.', minLength: 1 },
    username: unsettable(USERNAME),
  },
}

export interface UserRoutesDeps extends ChangeUserDeps {
  readonly tokens: TokenVerifier
}

interface ById {
  Params: { id: string }
}

interface Orders {
  readonly connection?: string
  readonly password?: string | null
  readonly verify_email?: boolean
  readonly verify_phone_number?: boolean
  readonly client_id?: string
}

/** `/api/v2/users` and `/api/v2/users/{id}`. The `|` of an id may come encoded or not. */
export function userRoutes(app: FastifyInstance, deps: UserRoutesDeps): void {
  const { tokens } = deps
  app.post(
    '/api/v2/users',
    { onRequest: requireScopes(tokens, ['create:users']) },
    async (request, reply) => {
      const { attributes, orders } = split(validateBody<JsonObject>(createSchema, request.body ?? {}))
      const { connection = '', password } = orders
      const user = await addUser(
        { connection, attributes, ...(typeof password === 'string' ? { password } : {}) },
        deps,
      )
      return reply.code(201).send(user)
    },
  )
  app.get<ById>(
    '/api/v2/users/:id',
    { onRequest: requireScopes(tokens, ['read:users']) },
    async (request) => {
      const selection = validateQuery<FieldSelection>(selectionSchema, request.query)
      return selectFields(await findUser(request.params.id, deps), selection)
    },
  )
  app.patch<ById>(
    '/api/v2/users/:id',
    { onRequest: requireScopes(tokens, UPDATE_SCOPES) },
    async (request) => {
      const body = validateBody<JsonObject>(updateSchema, request.body ?? {})
      requireMemberScopes('patch /api/v2/users/{id}', Object.keys(body), request)
      const { attributes, orders } = split(body)
      const { connection, password } = orders
      const patch = {
        attributes,
        ...(connection === undefined ? {} : { connection }),
        ...(password === undefined ? {} : { password }),
      }
      return changeUser(request.params.id, patch, deps)
    },
  )
  app.delete<ById>(
    '/api/v2/users/:id',
    { onRequest: requireScopes(tokens, ['delete:users']) },
    async (request, reply) => {
      await removeUser(request.params.id, deps)
      return reply.code(204).send()
    },
  )
}

const UPDATE_SCOPES = WRITE_SCOPES['patch /api/v2/users/{id}'].guard

/** The attributes of a profile, and apart from them what is said about the call. */
function split(body: JsonObject): { attributes: Record<string, Json>; orders: Orders } {
  const { connection, password, verify_email, verify_phone_number, client_id, ...attributes } = body
  return { attributes, orders: { connection, password } as Orders }
}

const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

function byId(operationId: string, summary: string, scopes: readonly string[]): Record<string, unknown> {
  return { operationId, summary, security: [{ bearerAuth: scopes }], parameters: [idParameter] }
}

const user = { description: 'The user.' }
const unsound = { description: 'The request is not sound.' }
const noUser = { description: 'The user does not exist.' }
const taken = { description: 'Another user has the same address, id or name.' }

export const userPaths = {
  '/api/v2/users': {
    post: {
      operationId: 'post_users',
      summary: 'Add a user',
      security: [{ bearerAuth: ['create:users'] }],
      requestBody: { content: { 'application/json': { schema: createSchema } } },
      responses: { '201': user, '400': unsound, '409': taken },
    },
  },
  '/api/v2/users/{id}': {
    get: {
      ...byId('get_users_by_id', 'A user', ['read:users']),
      parameters: [idParameter, ...queryParameters(fieldSelectionProperties)],
      responses: { '200': user, '404': noUser },
    },
    patch: {
      ...byId('patch_users_by_id', 'Change a user', UPDATE_SCOPES),
      requestBody: { content: { 'application/json': { schema: updateSchema } } },
      responses: { '200': user, '400': unsound, '404': noUser, '409': taken },
    },
    delete: {
      ...byId('delete_users_by_id', 'Delete a user', ['delete:users']),
      responses: { '204': { description: 'The user is no more.' } },
    },
  },
}
