import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { writeJson } from '../domain/write-json.ts'
import type { UserList } from '../flow/search-users.ts'
import { type FieldSelection, selectFields } from './select-fields.ts'

/** Auth0's answers have a fixed order, so these members come before and after `users`. */
export interface Frame {
  readonly before: Readonly<Record<string, unknown>>
  readonly after: Readonly<Record<string, unknown>>
}

/**
 * A large list is sent while it is read, so that a slow client holds only one part of its list in our memory. Without a
 * frame the answer is an array.
 */
export function sendUsers(
  reply: FastifyReply,
  list: UserList,
  selection: FieldSelection,
  frame?: Frame,
): unknown {
  const shown = list.users.map((user) => selectFields(user, selection))
  if (list.more === undefined)
    return reply.send(frame === undefined ? shown : { ...frame.before, users: shown, ...frame.after })
  reply.type('application/json; charset=utf-8')
  return reply.send(Readable.from(written(list, selection, frame)))
}

async function* written(list: UserList, selection: FieldSelection, frame?: Frame): AsyncGenerator<string> {
  const { before = {}, after = {} } = frame ?? {}
  yield frame === undefined ? '[' : `{${[...members(before), '"users":['].join(',')}`
  let comma = ''
  for await (const users of parts(list)) {
    for (const user of users) {
      yield comma + writeJson(selectFields(user, selection))
      comma = ','
    }
  }
  yield frame === undefined ? ']' : `${[']', ...members(after)].join(',')}}`
}

async function* parts({ users, more }: UserList): AsyncGenerator<UserList['users']> {
  yield users
  if (more !== undefined) yield* more
}

function members(of: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(of).map(([name, value]) => `${JSON.stringify(name)}:${writeJson(value)}`)
}
