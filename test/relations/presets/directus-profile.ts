import { fullNameOf, present, presentOrNull } from './preset-fixtures.ts'
import { CONNECTION, type PlainProfile } from './preset-harness.ts'

/** A row of `directus_users`, or what the API of Directus says of a user. */
export type DirectusUser = Readonly<Record<string, unknown>>

/** The profile that an export must give. `role` is the name of the user's role, and `lastLogin` a timestamp. */
export function directusProfile(
  user: DirectusUser,
  { role, lastLogin }: { readonly role: string | null; readonly lastLogin: unknown },
): PlainProfile {
  const { id, provider, status, external_identifier: external } = user
  const linked = { provider, connection: provider, user_id: external, isSocial: true }
  return present({
    user_id: `auth0|${id}`,
    email: user['email'],
    name: fullNameOf(user['first_name'], user['last_name']),
    given_name: user['first_name'],
    family_name: user['last_name'],
    blocked: ['suspended', 'archived', 'inactive-license'].includes(String(status)),
    user_metadata: presentOrNull({
      title: user['title'],
      location: user['location'],
      description: user['description'],
      tags: user['tags'],
      shoe_size: user['shoe_size'],
    }),
    app_metadata: present({ status, role }),
    identities: [
      { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
      ...(external === null ? [] : [linked]),
    ],
    last_login: lastLogin,
    locale: user['language'],
  }) as PlainProfile
}
