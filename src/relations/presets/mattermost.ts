import { fullName, identityOf, objectOf } from '../json-sql.ts'
import { momentOfMillis } from '../moment-sql.ts'
import type { Look, Preset, PresetUsers } from '../preset.ts'

export const mattermost: Preset = {
  name: 'mattermost',
  product: 'Mattermost',
  schema: 'public',
  triedOn: '10 and 5 (tables written from its dumps)',
  asks: [],
  recognizes: ({ tables }) =>
    tables.get('users')?.has('authservice') === true && tables.get('users')?.has('createat') === true,
  users,
}

// A deactivated user has a time in `deleteat` and can be activated again, so it is `blocked`.
function users(look: Look): PresetUsers {
  const { table, has } = look
  const people = `${table('users')} as u`
  const isBot = `exists (select from ${table('bots')} as b where b.userid = u.id)`
  const isRemote = has('users', 'remoteid') ? `coalesce(u.remoteid, '') <> ''` : 'false'
  return {
    from: `${people} ${teams(look)}`,
    where: [`not ${isBot}`, `not (${isRemote})`],
    key: { sql: 'u.id', type: 'text' },
    columns: {
      email: 'u.email',
      email_verified: 'u.emailverified',
      username: 'u.username',
      name: fullName('u.firstname', 'u.lastname'),
      given_name: `nullif(u.firstname, '')`,
      family_name: `nullif(u.lastname, '')`,
      nickname: `nullif(u.nickname, '')`,
      blocked: 'u.deleteat > 0',
      user_metadata: `nullif(u.props::text, '')::jsonb`,
      app_metadata: objectOf({
        roles: `to_jsonb(string_to_array(nullif(u.roles, ''), ' '))`,
        teams: 'teams.names',
      }),
      created_at: momentOfMillis('nullif(u.createat, 0)'),
      updated_at: momentOfMillis('nullif(u.updateat, 0)'),
      ...(has('users', 'lastlogin') ? { last_login: momentOfMillis('nullif(u.lastlogin, 0)') } : {}),
      last_password_reset: momentOfMillis('nullif(u.lastpasswordupdate, 0)'),
      multifactor: `case when u.mfaactive then '["totp"]'::jsonb end`,
      extra: objectOf({ locale: `nullif(u.locale, '')`, position: `nullif(u.position, '')` }),
    },
    linkedIdentities: `case when coalesce(u.authservice, '') <> '' then jsonb_build_array(${identityOf({
      provider: 'u.authservice',
      connection: 'u.authservice',
      userId: 'u.authdata',
      isSocial: `u.authservice in ('gitlab', 'google', 'office365')`,
    })}) end`,
    lowerCase: ['email', 'username'],
    indexed: ['email', 'username'],
    changed: { sql: 'u.updateat', type: 'millis' },
    leftOut: [
      {
        what: 'bots',
        why: 'Accounts of integrations: no persons.',
        count: `select count(*) from ${people} where ${isBot}`,
      },
      {
        what: 'users of other servers',
        why: 'Copies of users who take part in shared channels. Their own server has them.',
        count: `select count(*) from ${people} where ${isRemote} and not ${isBot}`,
      },
    ],
    reads: {
      users: [
        ...[
          'id',
          'email',
          'emailverified',
          'username',
          'firstname',
          'lastname',
          'nickname',
          'deleteat',
          'props',
        ],
        ...['roles', 'createat', 'updateat', 'lastpasswordupdate', 'mfaactive', 'locale', 'position'],
        ...['authservice', 'authdata', ...['lastlogin', 'remoteid'].filter((name) => has('users', name))],
      ],
      bots: ['userid'],
      teammembers: ['userid', 'teamid', 'deleteat'],
      teams: ['id', 'name', 'deleteat'],
    },
  }
}

function teams({ table }: Look): string {
  return `left join lateral (
    select jsonb_agg(t.name order by t.name collate "C") as names
    from ${table('teammembers')} as m join ${table('teams')} as t on t.id = m.teamid
    where m.userid = u.id and m.deleteat = 0 and t.deleteat = 0
  ) as teams on true`
}
