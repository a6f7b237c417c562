import fc from 'fast-check'
import { mattermost } from '../../../src/relations/presets/mattermost.ts'
import type { Statements } from '../../../src/relations/relation.ts'
import {
  allRows,
  anyJson,
  anyMillis,
  anyText,
  fullNameOf,
  insertAll,
  listOrNull,
  momentOf,
  present,
  presentOrNull,
  type Row,
} from './preset-fixtures.ts'
import { CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

const tables = (props: string, newer: string): string => `
  create table users (
    id varchar(26) primary key, createat bigint, updateat bigint, deleteat bigint, username varchar(64) unique, password varchar(128),
    authdata varchar(128) unique, authservice varchar(32), email varchar(128) unique, emailverified boolean, nickname varchar(64),
    firstname varchar(64), lastname varchar(64), position varchar(128), roles varchar(256), allowmarketing boolean, props ${props},
    notifyprops ${props}, lastpasswordupdate bigint, lastpictureupdate bigint, failedattempts int, locale varchar(5), timezone ${props},
    mfaactive boolean, mfasecret varchar(128)${newer});
  create table bots (userid varchar(26) primary key, description varchar(1024), ownerid varchar(190), createat bigint, updateat bigint, deleteat bigint);
  create table teams (id varchar(26) primary key, name varchar(64) unique, deleteat bigint, inviteid varchar(32));
  create table teammembers (teamid varchar(26), userid varchar(26), roles varchar(64), deleteat bigint, primary key (teamid, userid));
  insert into teams values ('t1', 'sales', 0, 'never read'), ('t2', 'Élan', 0, 'never read'), ('t3', 'gone', 1600000000000, 'never read')
`

const VERSIONS = {
  10: tables('jsonb', ', remoteid varchar(26), lastlogin bigint not null default 0'),
  5: tables('varchar(4000)', ''),
}

const anyUser = fc.record({
  kind: fc.constantFrom('user', 'user', 'user', 'user', 'bot', 'remote'),
  createat: anyMillis,
  updateat: anyMillis,
  deleteat: fc.constantFrom(0, 0, 1_600_000_000_000),
  lastlogin: fc.oneof(anyMillis, fc.constant(0)),
  lastpasswordupdate: fc.oneof(anyMillis, fc.constant(0)),
  emailverified: fc.boolean(),
  nickname: fc.oneof(anyText(), fc.constant('')),
  firstname: fc.oneof(anyText(), fc.constant('')),
  lastname: fc.oneof(anyText(), fc.constant('')),
  position: fc.constantFrom('', 'Chief'),
  locale: fc.constantFrom('', 'en'),
  roles: fc.constantFrom('', 'system_user', 'system_user system_admin'),
  props: fc.option(anyJson, { nil: undefined }),
  service: fc.constantFrom(null, '', 'gitlab', 'saml', 'ldap'),
  mfaactive: fc.boolean(),
  teams: fc.uniqueArray(
    fc.record({ teamid: fc.constantFrom('t1', 't2', 't3'), deleteat: fc.constantFrom(0, 0, 5) }),
    {
      maxLength: 3,
      selector: ({ teamid }) => teamid,
    },
  ),
})

type User = typeof anyUser extends fc.Arbitrary<infer T> ? T : never

const idOf = (n: number): string => `user${n}`.padEnd(26, 'x')

function filling(isNew: boolean) {
  return async (database: Statements, users: readonly User[]): Promise<void> => {
    await insertAll(database, {
      users: users.map(({ kind, service, props, teams: _, lastlogin, ...user }, n) => ({
        ...user,
        ...{
          id: idOf(n),
          username: `user.${n}`,
          email: `user${n}@example.com`,
          password: 'never read',
          mfasecret: 'never read',
        },
        ...{ authservice: service, authdata: service === null || service === '' ? null : `at-${n}` },
        props: props === undefined ? (isNew ? null : '') : isNew ? props : JSON.stringify(props),
        ...(isNew ? { lastlogin, remoteid: kind === 'remote' ? 'elsewhere' : '' } : {}),
      })),
      bots: users.flatMap(({ kind }, n) =>
        kind === 'bot' ? [{ userid: idOf(n), description: 'a bot' }] : [],
      ),
      teammembers: users.flatMap(({ teams }, n) =>
        teams.map((team) => ({ ...team, userid: idOf(n), roles: '' })),
      ),
    })
  }
}

async function read(database: Statements): Promise<readonly PlainProfile[]> {
  const [users, bots, members] = [
    await allRows(database, 'users'),
    await allRows(database, 'bots'),
    await allRows(database, 'teammembers'),
  ]
  return users
    .filter((user) => !bots.some((bot) => bot['userid'] === user['id']) && !user['remoteid'])
    .map((user) => {
      const service = user['authservice']
      const isKnown = (row: Row) =>
        row['userid'] === user['id'] && row['deleteat'] === 0 && row['teamid'] !== 't3'
      const teams = members.filter(isKnown).map((row) => (row['teamid'] === 't1' ? 'sales' : 'Élan'))
      const { props, roles } = user
      return present({
        user_id: `auth0|${user['id']}`,
        email: user['email'],
        email_verified: user['emailverified'],
        username: user['username'],
        name: fullNameOf(user['firstname'], user['lastname']),
        given_name: user['firstname'] || null,
        family_name: user['lastname'] || null,
        nickname: user['nickname'] || null,
        blocked: Number(user['deleteat']) > 0,
        user_metadata: typeof props === 'string' ? props && JSON.parse(props) : props,
        app_metadata: presentOrNull({
          roles: roles ? String(roles).split(' ') : null,
          teams: listOrNull(teams),
        }),
        identities: [
          { user_id: user['id'], provider: 'auth0', connection: CONNECTION, isSocial: false },
          ...(service
            ? [
                {
                  provider: service,
                  connection: service,
                  user_id: user['authdata'],
                  isSocial: service === 'gitlab',
                },
              ]
            : []),
        ],
        created_at: momentOf(user['createat']),
        updated_at: momentOf(user['updateat']),
        last_login: momentOf(user['lastlogin'] || null),
        last_password_reset: momentOf(user['lastpasswordupdate'] || null),
        multifactor: user['mfaactive'] === true ? ['totp'] : null,
        locale: user['locale'] || null,
        position: user['position'] || null,
      })
    })
    .map((profile) =>
      profile['user_metadata'] === '' ? present({ ...profile, user_metadata: null }) : profile,
    ) as unknown as readonly PlainProfile[]
}

for (const version of [10, 5] as const) {
  testPreset({
    preset: mattermost,
    tables: VERSIONS[version],
    asked: {},
    user: anyUser,
    fill: filling(version === 10),
    empty: 'truncate users, bots, teammembers',
    read,
    paths: ['user_metadata.team', 'app_metadata.roles[1]', 'app_metadata.teams[0]', 'position'],
    leftOut: (users) => ({
      bots: users.filter(({ kind }) => kind === 'bot').length,
      'users of other servers': version === 10 ? users.filter(({ kind }) => kind === 'remote').length : 0,
    }),
  })
}
