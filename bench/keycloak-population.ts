import type pg from 'pg'
import { KEYCLOAK_INDEXES, KEYCLOAK_TABLES } from '../test/fixtures/keycloak-tables.ts'
import { draw, FAMILY_NAMES, GIVEN_NAMES, pick } from './population.ts'

export const REALM = 'main'

const FEW = [
  `insert into realm values ('r-main', '${REALM}'), ('r-other', 'other')`,
  `insert into identity_provider values ('google', 'google', 'r-main'), ('github', 'github', 'r-main'), ('corp', 'saml', 'r-main')`,
  `insert into client values ('c-app', 'app'), ('c-account', 'account')`,
  `insert into keycloak_role values ('role-default', 'default-roles-main', false, null), ('role-editor', 'editor', false, null),
     ('role-viewer', 'viewer', false, null), ('role-app', 'manage-orders', true, 'c-app')`,
  `insert into keycloak_group values ('g-staff', 'staff', ' '), ('g-sales', 'sales', 'g-staff'), ('g-support', 'support', 'g-staff')`,
]

// Children come in the order of their users, as they do when users sign up one after another.
const MANY = [
  `insert into user_entity (id, email, email_verified, enabled, first_name, last_name, realm_id, username, created_timestamp)
   select id, mail, ${draw(2, 10)} < 8, ${draw(3, 50)} > 0, given, family, 'r-main', mail,
     1514764800000 + n * 211000 + ${draw(16, 211_000)}
   from (select *, lower(md5(given || n)) || '@example.com' as mail from (
     select n, md5(n || ':' || $1)::uuid::text as id, ${pick(GIVEN_NAMES, 14)} as given, ${pick(FAMILY_NAMES, 15)} as family
     from generate_series(1, $2::bigint) as n
   ) as drawn) as named`,
  `insert into user_attribute (name, value, user_id)
   select name, value, md5(n || ':' || $1)::uuid::text
   from generate_series(1, $2::bigint) as n cross join lateral (values
     ('locale', ${pick(['en', 'de', 'fr', 'ja', 'pt'], 4)}), ('department', ${pick(['sales', 'support', 'research', 'law'], 5)}),
     ('phoneNumber', '+49' || ${draw(6, 1_000_000_000)})
   ) as attributes (name, value)`,
  `insert into federated_identity (identity_provider, realm_id, federated_user_id, federated_username, user_id)
   select alias, 'r-main', md5(alias || n), 'user' || n, md5(n || ':' || $1)::uuid::text
   from generate_series(1, $2::bigint) as n
     cross join lateral (values ('google'), (${pick(['github', 'corp'], 7)})) as aliases (alias)`,
  `insert into credential (type, user_id)
   select type, md5(n || ':' || $1)::uuid::text
   from generate_series(1, $2::bigint) as n cross join lateral (values ('password'), ('otp')) as types (type)
   where type = 'password' or ${draw(8, 10)} = 0`,
  `insert into user_role_mapping (role_id, user_id)
   select role, md5(n || ':' || $1)::uuid::text
   from generate_series(1, $2::bigint) as n
     cross join lateral (values ('role-default'), (${pick(['role-editor', 'role-viewer', 'role-app'], 9)})) as roles (role)`,
  `insert into user_group_membership (group_id, user_id)
   select ${pick(['g-staff', 'g-sales', 'g-support'], 11)}, md5(n || ':' || $1)::uuid::text
   from generate_series(1, $2::bigint) as n where ${draw(10, 3)} = 0`,
]

/**
 * Makes the tables of Keycloak with these users, the same ones for the same seed: each with three attributes, two linked
 * identities and two roles, and some with a second factor or a group.
 */
export async function populateKeycloak(
  client: pg.Client,
  { users, seed }: { readonly users: number; readonly seed: number },
): Promise<void> {
  for (const statement of [...KEYCLOAK_TABLES, ...FEW]) await client.query(statement)
  for (const statement of MANY) await client.query(statement, [String(seed), users, seed])
  for (const statement of [...KEYCLOAK_INDEXES, 'vacuum analyze']) await client.query(statement)
}
