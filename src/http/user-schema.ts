import type { JsonObject } from '../domain/json.ts'
import { ATTRIBUTES, type AttributeKind } from '../domain/profile.ts'
import type { UserPatch } from '../flow/change-user.ts'
import { boolean, closed, open, TEXT, text } from '../schema/build.ts'
import type { ObjectSchema } from '../schema/type-of.ts'
import type { Shape } from './define-route.ts'

export const USER_ID = text('user_id of the user. The `|` may be percent-encoded or not.')

const KINDS: Readonly<Record<AttributeKind, object>> = {
  text: TEXT,
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  moment: text('ISO 8601, in UTC.'),
  object: { type: 'object' },
  array: { type: 'array' },
}

/** Not closed: an identity provider may add attributes. */
export const USER: Shape = {
  schema: {
    title: 'User',
    ...open(['user_id', 'identities', 'created_at', 'updated_at'], {
      ...Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, { kind }]) => [name, KINDS[kind]])),
      identities: {
        type: 'array',
        items: open(['connection', 'user_id', 'provider', 'isSocial'], {
          connection: TEXT,
          user_id: { type: ['string', 'number'] },
          provider: TEXT,
          isSocial: { type: 'boolean' },
          profileData: { type: 'object' },
        }),
      },
    }),
  },
  example: {
    user_id: 'auth0|0123456789abcdef01234567',
    email: 'ada@example.com',
    email_verified: true,
    name: 'Ada Lovelace',
    user_metadata: { language: 'en' },
    app_metadata: { plan: 'gold' },
    identities: [
      {
        connection: 'Username-Password-Authentication',
        user_id: '0123456789abcdef01234567',
        provider: 'auth0',
        isSocial: false,
      },
    ],
    created_at: '2026-01-31T12:00:00.000Z',
    updated_at: '2026-01-31T12:00:00.000Z',
  },
}

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
const CONNECTION = text('Name of the connection this user belongs to.', { minLength: 1 })
const VERIFY = boolean('Accepted and ignored: no verification message is sent.')
const FLAGS = {
  blocked: boolean('Whether this user was blocked by an administrator.'),
  email_verified: boolean('Whether this email address is verified.'),
  phone_verified: boolean('Whether this phone number is verified.'),
}
const USER_METADATA = { description: 'Metadata that the user may read and change.' }
const APP_METADATA = { description: 'Metadata that the user may read but not change.' }

const settable = (rule: object) => ({ ...TEXT, ...rule })
// At Auth0, null removes an attribute, so a PATCH must accept it.
const unsettable = (rule: object) => ({ type: ['string', 'null'], ...rule })

function each(rules: Readonly<Record<string, object>>, as: (rule: object) => object): Record<string, object> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, as(rule)]))
}

export const NEW_USER: ObjectSchema = closed(['connection'], {
  email: settable(EMAIL),
  phone_number: settable(PHONE),
  user_metadata: { type: 'object', ...USER_METADATA },
  ...FLAGS,
  app_metadata: { type: 'object', ...APP_METADATA },
  ...each(NAMES, settable),
  user_id: text('The external user id, without the prefix of the connection.', {
    maxLength: 255,
    pattern: '^\\S*$',
  }),
  connection: CONNECTION,
  password: settable(PASSWORD),
  verify_email: VERIFY,
  username: settable(USERNAME),
})

export const USER_PATCH: ObjectSchema = closed([], {
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
  client_id: text('Accepted and ignored.', { minLength: 1 }),
  username: unsettable(USERNAME),
})

/** The other members of a body are orders, which must not become attributes of the profile. */
export function splitUser(body: JsonObject): UserPatch {
  const { connection, password, verify_email, verify_phone_number, client_id, ...attributes } = body
  return { attributes, connection, password } as UserPatch
}
