import type { FastifyRequest } from 'fastify'
import { insufficientScope } from './authenticate.ts'

interface WriteScopes {
  /** A token needs one of these, or the body is not even read. */
  readonly guard: readonly string[]
  readonly members?: Readonly<Record<string, readonly string[]>>
  /** For members that `members` does not name. Without it, `guard` is enough for them. */
  readonly others?: readonly string[]
}

const alone = (scope: string): WriteScopes => ({ guard: [scope] })

/** As Auth0 documents them. Users get no tokens from Muster, so `update:current_user_metadata` allows no member. */
export const WRITE_SCOPES = {
  'post /api/v2/users': alone('create:users'),
  'patch /api/v2/users/{id}': {
    guard: ['update:users', 'update:users_app_metadata', 'update:current_user_metadata'],
    members: { app_metadata: ['update:users', 'update:users_app_metadata'] },
    others: ['update:users'],
  },
  'post /api/v2/clients': alone('create:clients'),
  'patch /api/v2/clients/{id}': {
    guard: ['update:clients', 'update:client_keys'],
    members: { client_secret: ['update:client_keys'] },
    others: ['update:clients'],
  },
  'post /api/v2/clients/{id}/rotate-secret': alone('update:client_keys'),
  'post /api/v2/client-grants': alone('create:client_grants'),
  'patch /api/v2/client-grants/{id}': alone('update:client_grants'),
  'post /api/v2/connections': alone('create:connections'),
  'patch /api/v2/connections/{id}': alone('update:connections'),
  'post /api/v2/jobs/users-exports': alone('read:users'),
  // `preserve` lets a client set ids, timestamps and counters, so it needs one more scope.
  'post /api/v2/jobs/users-imports': {
    guard: ['create:users'],
    members: { preserve: ['update:users_app_metadata'] },
  },
  'post /api/v2/jobs/verification-email': alone('update:users'),
} as const satisfies Record<string, WriteScopes>

/** Fails with `scope_insufficient` if the token's scopes do not allow one of the members. */
export function requireMemberScopes(
  endpoint: keyof typeof WRITE_SCOPES,
  names: readonly string[],
  { bearer }: Pick<FastifyRequest, 'bearer'>,
): void {
  const { members = {}, others, guard }: WriteScopes = WRITE_SCOPES[endpoint]
  for (const name of names) {
    const wanted = (Object.hasOwn(members, name) ? members[name] : others) ?? guard
    if (!wanted.some((scope) => bearer?.scope.includes(scope))) throw insufficientScope(wanted)
  }
}
