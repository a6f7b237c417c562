import { given } from '../../domain/given.ts'
import { CONNECTION_ID_PATTERN } from '../../domain/ids.ts'
import { type ListUserFieldsDeps, listUserFields, type UserFields } from '../../flow/list-user-fields.ts'
import { boolean, closed, integer, list, text } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'

const FIELDS_QUERY = closed([], {
  connection_id: text('Only users of this connection.', { pattern: CONNECTION_ID_PATTERN }),
  q: text('Only users that this query finds.', { minLength: 1 }),
})

const TYPES = ['string', 'number', 'boolean', 'object', 'array', 'null', 'time'] as const

const FIELD = closed(['name', 'types', 'users', 'share'], {
  name: text('The name as `fields[].name` of an export takes it.'),
  types: list('The types of its values, as JSON names them. A `time` is a timestamp of the profile.', {
    type: 'string',
    enum: TYPES,
  }),
  users: integer('How many of the sampled users have it.'),
  share: { type: 'number', description: 'The same, as a part of 1.' },
  example: { description: 'A value of one of the users. Never a secret, and cut to 100 characters.' },
})

const FIELDS = closed(['fields', 'sampled', 'is_sample', 'users'], {
  fields: list('The fields, attributes of the profile first.', FIELD),
  fields_left_out: integer('How many more fields there are: too many, or with names over 100 characters.'),
  sampled: integer('How many users were looked at.'),
  is_sample: boolean('False if these are all users.'),
  users: integer('The number of users; an estimate if they are many.'),
})

const EXAMPLE = {
  fields: [
    { name: 'email', types: ['string'], users: 1000, share: 1, example: 'ada@example.com' },
    { name: 'user_metadata.consent.given', types: ['boolean'], users: 820, share: 0.82, example: true },
  ],
  sampled: 1000,
  is_sample: true,
  users: 1_000_000,
}

/** Auth0 has no such endpoint. */
export const getUserFields = defineRoute({
  method: 'GET',
  path: '/api/v2/user-fields',
  operationId: 'get_user-fields',
  summary: 'List the fields that users have, with their types and an example of each',
  scopes: ['read:users'],
  rateGroup: 'read_users',
  query: FIELDS_QUERY,
  answers: {
    200: { description: 'The fields.', schema: FIELDS, example: EXAMPLE },
    400: 'The query is not valid, or the connection does not exist.',
    503: 'The database is too busy.',
  },
  handle: async ({ query }, deps: ListUserFieldsDeps) => {
    const { connection_id: connectionId, q } = query
    return rendered(await listUserFields(given({ connectionId, q }), deps))
  },
})

function rendered({ tally, isSample, users }: UserFields) {
  const fields = tally.fields.map(({ example, ...field }) =>
    given({ ...field, share: shareOf(field.users, tally.users), example }),
  )
  return given({
    fields,
    fields_left_out: tally.leftOut === 0 ? undefined : tally.leftOut,
    sampled: tally.users,
    is_sample: isSample,
    users,
  })
}

function shareOf(users: number, all: number): number {
  return all === 0 ? 0 : Math.round((users / all) * 10_000) / 10_000
}
