import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { HAS_POSTGRES } from './harness.ts'
import { runMuster } from './run-muster.ts'
import { newFolder } from './start-process.ts'

const USERS = 3_000
const PERSON = /\bada\b|lovelace|person\d|example/i

// As Keycloak has them, without an index on credential.
const KEYCLOAK = `
  create table realm (id varchar(36) primary key, name varchar(255));
  create table user_entity (id varchar(36) primary key, email varchar(255), email_verified boolean not null default false,
    enabled boolean not null default true, first_name varchar(255), last_name varchar(255), realm_id varchar(255), username varchar(255),
    created_timestamp bigint, service_account_client_link varchar(255), unique (realm_id, username));
  create index on user_entity (email);
  create table user_attribute (name varchar(255), value varchar(255), user_id varchar(36), long_value text);
  create index on user_attribute (user_id);
  create table identity_provider (provider_alias varchar(255), provider_id varchar(255), realm_id varchar(36));
  create table federated_identity (identity_provider varchar(255), realm_id varchar(36), federated_user_id varchar(255),
    federated_username varchar(255), user_id varchar(36), primary key (identity_provider, user_id));
  create index on federated_identity (user_id);
  create table credential (type varchar(255), user_id varchar(36), secret_data text);
  create table client (id varchar(36) primary key, client_id varchar(255));
  create table keycloak_role (id varchar(36) primary key, name varchar(255), client_role boolean, client varchar(36));
  create table user_role_mapping (role_id varchar(255), user_id varchar(36), primary key (user_id, role_id));
  create table keycloak_group (id varchar(36) primary key, name varchar(255), parent_group varchar(36));
  create table user_group_membership (group_id varchar(36), user_id varchar(36), primary key (user_id, group_id));
  create table migration_model (id varchar(36), version varchar(36), update_time bigint);
  insert into migration_model values ('a', '26.0.5', 1);
  insert into realm values ('r1', 'main'), ('r2', 'other');
  insert into user_entity (id, email, first_name, last_name, realm_id, username, created_timestamp, service_account_client_link)
    select md5(n::text), 'person' || n || '@example.com', 'Ada', 'Lovelace', case when n > 5 then 'r1' else 'r2' end,
      'person' || n, 1700000000000 + n, case when n in (3, 7, 8) then 'c' end
    from generate_series(1, ${USERS}) as n;
  insert into user_attribute select 'nickname', 'Ada ' || username, id from user_entity;
  insert into credential select 'otp', id, repeat('hidden', 20) from user_entity;
  analyze`

interface Report {
  readonly source: string
  readonly state: string
  readonly problems: readonly string[]
  readonly server?: { readonly is_read_only: boolean; readonly standby: null; readonly role: string }
  readonly tables?: object
  readonly privileges?: { readonly grants: readonly string[]; readonly may_write: boolean }
  readonly users?: object
  readonly indexes?: readonly { readonly statement: string }[]
  readonly cost?: { readonly users: number; readonly bytes: number; readonly sample_users: number }
  readonly sample?: readonly object[]
}

async function check(env: Record<string, string>, ...words: string[]) {
  const { code, stdout, stderr } = await runMuster(['source', 'check', ...words], { env })
  const reports = words.includes('--json') ? (JSON.parse(stdout) as Report[]) : []
  return { code, stdout, stderr, reports }
}

/** A database of its own, and a session of its owner. */
async function newDatabase(statements: string): Promise<{ url: string; owner: pg.Client; name: string }> {
  const server = inject('postgres')
  if (!('url' in server)) throw new Error('this run has no PostgreSQL')
  const { url, name, stop } = await newPostgresDatabase(server.url)
  const owner = new pg.Client({ connectionString: url })
  await owner.connect()
  onTestFinished(async () => {
    await owner.end()
    await stop()
  })
  await owner.query(statements)
  return { url, owner, name }
}

/** The tables with all their rows, and the transaction that wrote each row. */
async function contents(owner: pg.Client): Promise<unknown> {
  const { rows: tables } = await owner.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  )
  const all: unknown[] = []
  for (const { name } of tables) {
    const text = `select '${name}' as name, count(*), sum(hashtext(t::text || xmin::text)) from ${name} as t`
    all.push(...(await owner.query(text)).rows)
  }
  return all
}

const keycloakAt = (url: string) => ({
  MUSTER_SOURCE_CUSTOMERS_URL: url,
  MUSTER_SOURCE_CUSTOMERS_REALM: 'main',
})

describe.runIf(HAS_POSTGRES)('muster source check', () => {
  test('P42 a source that can be exported is described, its users masked, and nothing is written', async () => {
    const { url, owner } = await newDatabase(KEYCLOAK)
    const before = await contents(owner)
    const { code, stdout, stderr, reports } = await check(keycloakAt(url), '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [report, ...others] = reports
    expect(others).toEqual([])
    expect(report).toMatchObject({
      source: 'customers',
      state: 'reachable',
      problems: [],
      server: { is_read_only: true, standby: null },
      tables: { preset: 'keycloak', product: 'Keycloak', version: '26.0.5', asked: { realm: 'main' } },
      privileges: { grants: [], may_write: true },
      users: {
        exported: USERS - 7,
        is_estimate: false,
        left_out: [{ what: 'service accounts', count: 2 }],
      },
      indexes: [{ statement: 'CREATE INDEX CONCURRENTLY ON public.credential (user_id);' }],
      cost: { users: USERS - 7 },
    })
    expect(report?.sample).toHaveLength(10)
    expect(report?.sample?.[0]).toMatchObject({
      email: expect.stringMatching(/^x+9+@xxxxxxx\.xxx$/),
      name: 'Xxx Xxxxxxxx',
      multifactor: ['otp'],
      created_at: expect.stringMatching(/^2023-11-14T/),
    })
    expect(stdout).not.toMatch(PERSON)
    expect(report?.cost?.bytes).toBeGreaterThan(200 * USERS)
    expect(await contents(owner)).toEqual(before)
  })

  test('P42 every sentence for people has no value of a person', async () => {
    const { url } = await newDatabase(KEYCLOAK)
    const { code, stdout } = await check(keycloakAt(url), 'customers')
    expect(code).toBe(0)
    expect(stdout).not.toMatch(PERSON)
    for (const line of [
      'customers',
      '  State       reachable: its users can be exported',
      '  Standby     no, this is a primary',
      '  Tables      those of Keycloak (preset keycloak), realm main',
      '  Version     26.0.5. The preset was tried on 26 (tables written from its entities).',
      '  Privileges  The role may read everything that exports need.',
      '    GRANT SELECT (user_id, type) ON public.credential TO muster_reader;',
      '  Exported    2,993 users',
      '  Left out    2 service accounts. Keycloak makes one for each client that signs in itself: no person.',
      '    CREATE INDEX CONCURRENTLY ON public.credential (user_id);',
      '  Sample      10 users, masked:',
    ])
      expect(stdout.split('\n')).toContain(line)
  })

  test('everything that keeps sources from being exported is reported at once, and the exit code is 1', async () => {
    const { url, owner, name } = await newDatabase(KEYCLOAK)
    const role = `${name}_reader`
    await owner.query(`create role ${role} login password 'hidden'; grant select on realm to ${role}`)
    onTestFinished(async () => {
      await owner.query(`drop owned by ${role}; drop role ${role}`)
    })
    const reader = new URL(url)
    reader.username = role
    reader.password = 'hidden'
    const env = {
      ...keycloakAt(reader.href),
      MUSTER_SOURCE_CUSTOMERS_REALM: 'nain',
      MUSTER_SOURCE_AWAY_URL: 'postgres://reader:hidden@127.0.0.1:1/none',
      MUSTER_SOURCE_WRONG_URL: url,
      MUSTER_SOURCE_WRONG_PRESET: 'supabase',
    }
    const { code, stdout, stderr, reports } = await check(env, '--json')
    expect(code).toBe(1)
    expect(stderr).toBe('source_unusable: 3 of 3 sources (away, customers, wrong) cannot be exported now.\n')
    expect(stdout + stderr).not.toContain('hidden')
    const [away, customers, wrong] = reports
    expect(away).toEqual({
      source: 'away',
      state: 'unavailable',
      problems: [expect.stringContaining('ECONNREFUSED 127.0.0.1:1')],
    })
    expect(customers?.state).toBe('unusable')
    expect(customers?.problems).toEqual([
      `The role ${role} may not read public.client, public.credential, public.federated_identity and 7 more: see the statements under privileges.`,
      'the database has no realm nain; it has: main, other.',
    ])
    expect(wrong?.problems).toEqual(['the schema auth has no tables of Supabase Auth.'])
    for (const statement of customers?.privileges?.grants ?? []) await owner.query(statement)
    const again = await check({ ...env, MUSTER_SOURCE_CUSTOMERS_REALM: 'main' }, 'customers', '--json')
    expect(again.code).toBe(0)
    expect(again.reports).toMatchObject([
      { privileges: { grants: [], may_write: false }, users: { exported: 2_993 } },
    ])
  })

  test('own tables are checked too, and a query that would write is refused', async () => {
    const { url, owner } = await newDatabase(
      `create table member (id int, mail text);
       insert into member select n, 'person' || n || '@example.com' from generate_series(1, 9000) as n;
       create function touch() returns int language sql as $$ insert into member values (0, '') returning id $$`,
    )
    const file = join(newFolder(), 'shop.sql')
    const env = { MUSTER_SOURCE_SHOP_URL: url, MUSTER_SOURCE_SHOP_QUERY: file, MUSTER_SOURCE_SHOP_KEY: 'id' }
    writeFileSync(file, 'select id, mail as email from member;\n')
    const good = await check(env, '--json')
    expect(good.code).toBe(0)
    expect(good.stdout).not.toMatch(PERSON)
    expect(good.reports).toMatchObject([
      {
        tables: { preset: 'query', version: null },
        users: { exported: 9_000, left_out: [] },
        indexes: [
          { statement: 'CREATE INDEX CONCURRENTLY ON public.member (id);' },
          { statement: 'CREATE INDEX CONCURRENTLY ON public.member (lower(mail));' },
        ],
      },
    ])
    writeFileSync(file, 'select id, mail as email_verified, touch() as touched from member')
    const wrong = await check(env, '--json')
    expect(wrong.reports[0]?.problems.join()).toContain(
      'email_verified: expected a column of type boolean; came: text',
    )
    writeFileSync(file, 'select id, mail as email, touch() as touched from member')
    const writing = await check(env, '--json')
    expect(writing).toMatchObject({ code: 1, reports: [{ state: 'unusable' }] })
    expect(writing.reports[0]?.problems.join()).toContain('read-only transaction')
    expect((await owner.query('select from member')).rowCount).toBe(9_000)
  })
})

test('a wrong use of muster source check has the exit code 2', async () => {
  expect(await check({})).toMatchObject({ code: 2, stderr: expect.stringContaining('names no source: set') })
  const away = { MUSTER_SOURCE_AWAY_URL: 'postgres://127.0.0.1:1/none' }
  const unknown = await check(away, 'customers')
  expect(unknown).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('names no source customers; it names away'),
  })
  const wrong = {
    ...away,
    MUSTER_SOURCE_AWAY_PRESET: 'oracle',
    MUSTER_SOURCE_B_URL: 'postgres://h/b',
    MUSTER_SOURCE_B_QUERY: '/none',
    MUSTER_SOURCE_B_KEY: 'id',
  }
  const { code, stderr } = await check(wrong)
  expect(code).toBe(2)
  expect(stderr).toContain('the source away: expected a preset of')
  expect(stderr).toContain('the source b: the file /none cannot be read')
})
