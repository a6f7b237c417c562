import { setTimeout as later } from 'node:timers/promises'
import type pg from 'pg'
import { FAMILY, GIVEN } from './names.ts'

const DOMAINS = [
  ...['mail.example', 'post.example', 'inbox.example', 'correo.example', 'example.com', 'example.org'],
  ...['students.uni.example', 'firma.example', 'acme.example', 'mail.example.net', 'team.startup.example'],
]

const list = (words: readonly string[]): string =>
  `array[${words.map((word) => `'${word.replaceAll("'", "''")}'`).join(',')}]`

// One number from 0 to `below` for each user and purpose, the same for the same seed.
export const draw = (purpose: number, below: number): string =>
  `abs(hashint8extended(n, $3::bigint + ${purpose}) % ${below})`

export const pick = (words: readonly string[], purpose: number): string =>
  `(${list(words)})[1 + ${draw(purpose, words.length)}]`

export const GIVEN_NAMES = GIVEN.map(([name]) => name)
export const FAMILY_NAMES = FAMILY.map(([name]) => name)
const givenInAddress = GIVEN.map(([, address]) => address)
const familyInAddress = FAMILY.map(([, address]) => address)

// A timestamp as Muster stores it: the text that a profile shows.
const iso = (moment: string): string =>
  `to_char((${moment}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const within400Days = (purpose: number): string =>
  `${draw(purpose, 400 * 86_400_000)} * interval '1 millisecond'`

const SETTLE_TRIES = 10

/**
 * The database computes the users, the same ones for the same seed: profiles of about 740 bytes with both metadata, some
 * without some attributes. Names, addresses and timestamps vary as in a real tenant, or the compressor would have less to
 * do. Returns when autovacuum has nothing more to do.
 */
export async function populate(
  client: pg.Client,
  options: { users: number; seed: number; connectionId: string; connection: string },
): Promise<void> {
  const { users, seed, connectionId, connection } = options
  // Vacuum marks a page all-visible only after the commit of its rows is on the disk.
  await client.query('set synchronous_commit = on')
  await client.query(
    `insert into muster.users (connection_id, user_id, email, email_verified, name, given_name, family_name,
       nickname, picture, blocked, user_metadata, app_metadata, identities, created_at, updated_at, last_login,
       last_ip, logins_count)
     select $1, 'auth0|' || id, address || '@' || ${pick(DOMAINS, 1)},
       ${draw(2, 10)} < 8, given || ' ' || family, given, family, address,
       'https://s.gravatar.com/avatar/' || md5(address) || '?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2F' || left(address, 2) || '.png',
       case when ${draw(3, 50)} = 0 then true end,
       jsonb_build_object('locale', ${pick(['en-GB', 'de-DE', 'fr-FR', 'ja-JP', 'pt-BR'], 4)},
         'consent', jsonb_build_object('given', ${draw(5, 5)} > 0, 'date', to_char(born, 'YYYY-MM-DD'),
           'text_details', 'I agree to the terms, "as amended" in ' || (2015 + ${draw(6, 10)}))),
       jsonb_build_object('plan', ${pick(['free', 'pro', 'enterprise'], 7)}, 'seats', ${draw(8, 500)},
         'stripe', jsonb_build_array(jsonb_build_object('customer_id', 'cus_' || left(md5(id || 's'), 14)))),
       jsonb_build_array(jsonb_build_object('connection', $2::text, 'user_id', id, 'provider', 'auth0', 'isSocial', false)),
       ${iso('born')}, ${iso(`born + ${within400Days(9)}`)}, case when ${draw(10, 10)} > 0 then ${iso(`born + ${within400Days(11)}`)} end,
       '10.' || ${draw(12, 256)} || '.' || ${draw(17, 256)} || '.' || ${draw(18, 256)}, ${draw(13, 900)}
     from (
       select n, substr(md5(n || ':' || $3::text), 1, 24) as id, ${pick(GIVEN_NAMES, 14)} as given, ${pick(FAMILY_NAMES, 15)} as family,
         ${pick(givenInAddress, 14)} || '.' || ${pick(familyInAddress, 15)} || n as address,
         timestamptz '2018-01-01Z' + n * interval '211 seconds' + ${draw(16, 211_000)} * interval '1 millisecond' as born
       from generate_series(1, $4::bigint) as n
     ) as drawn`,
    [connectionId, connection, seed, users],
  )
  await settle(client)
}

/** Does what autovacuum would do in the minutes after so many writes, so that it does not run during a measurement. */
async function settle(client: pg.Client): Promise<void> {
  for (let tries = 1; tries <= SETTLE_TRIES; tries++) {
    await client.query('vacuum analyze muster.users')
    const { rows } = await client.query(
      "select relpages = relallvisible as done from pg_class where oid = 'muster.users'::regclass",
    )
    if (rows[0].done) return
    await later(1000)
  }
  throw new Error('vacuum cannot finish: somebody on this server holds an old snapshot, or uses the table')
}
