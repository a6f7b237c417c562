import { describe, expect, test } from 'vitest'
import { readMigrations } from '../../src/pg/migrations.ts'

// During an upgrade, processes of the version before run on the new schema (CONTRIBUTING.md). So a step only adds.
//
// Steps before this one ran when a database had one process, which a stop preceded.
const FIRST_SHARED = '0010'

/** By what a statement does. Each breaks what an older process reads or writes, or may break. */
const BREAKS: Readonly<Record<string, RegExp>> = {
  'drops something': /\bdrop\b/,
  'renames something': /\brename\b/,
  'changes a type': /\balter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b/,
  'makes a column required': /\bset\s+not\s+null\b/,
  'changes a default': /\b(set|drop)\s+default\b/,
  'adds a required column without a default':
    /\badd\s+(column\s+)?(?!constraint|primary|unique|foreign|check)(?:(?!\bdefault\b)[^,;])*\bnot\s+null\b(?:(?!\bdefault\b)[^,;])*(?=,|;|$)/,
  'adds a rule for existing tables':
    /\badd\s+(constraint|primary|unique|foreign|check|exclude)\b|\bcreate\s+unique\s+index\b|\bcreate\s+(or\s+replace\s+)?(constraint\s+)?(trigger|function|rule|policy)\b/,
  'moves or removes rows': /^(update|delete|truncate)\b/,
}

// Clients with all scopes get a new one.
const NEW_SCOPE = statementsOf(sqlOf('0018 the scope of statistics'))[0] ?? ''

/** The statements that break a rule and do no harm, with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'drop index muster.jobs_age':
    'an index only makes statements faster, and the next statement makes a better one',
  [NEW_SCOPE]:
    'an older process gives the scope to tokens as it gives any other, and no route of it asks for it',
}

function sqlOf(name: string): string {
  return readMigrations().find((step) => step.name === name)?.sql ?? ''
}

/** Without comments, in lower case, with single blanks. */
function statementsOf(sql: string): string[] {
  return sql
    .replace(/--.*$/gm, '')
    .replace(/\$(\w*)\$.*?\$\1\$/gs, '$body$')
    .split(';')
    .map((statement) => statement.toLowerCase().replace(/\s+/g, ' ').trim())
    .filter((statement) => statement !== '')
}

function broken(sql: string): string[] {
  return statementsOf(sql)
    .filter((statement) => EXCEPTIONS[statement] === undefined)
    .flatMap((statement) =>
      Object.entries(BREAKS)
        .filter(([, pattern]) => pattern.test(statement))
        .map(([what]) => what),
    )
}

describe('steps of the schema', () => {
  const steps = readMigrations().filter(({ name }) => name >= FIRST_SHARED)

  test('P27 each step only adds, so that older processes go on', () => {
    expect(steps.length).toBeGreaterThan(7)
    expect(steps.flatMap(({ name, sql }) => broken(sql).map((what) => `${name} ${what}`))).toEqual([])
  })

  test('each exception is a statement of a step', () => {
    const statements = steps.flatMap(({ sql }) => statementsOf(sql))
    expect(Object.keys(EXCEPTIONS).filter((statement) => !statements.includes(statement))).toEqual([])
  })

  test.each([
    ['drop table muster.jobs;', 'drops something'],
    ['alter table muster.jobs\n  drop column amounts;', 'drops something'],
    ['alter table muster.jobs rename column amounts to done;', 'renames something'],
    ['alter table muster.jobs alter column fence type integer;', 'changes a type'],
    ['alter table muster.jobs alter fence set data type integer;', 'changes a type'],
    ['alter table muster.jobs alter column origin set not null;', 'makes a column required'],
    ['alter table muster.jobs alter column fence drop default;', 'changes a default'],
    [
      'alter table muster.jobs add column a text not null, add b text;',
      'adds a required column without a default',
    ],
    [
      'alter table muster.jobs add column b int default 0, add a text not null;',
      'adds a required column without a default',
    ],
    ['alter table muster.jobs add constraint one check (fence > 0);', 'adds a rule for existing tables'],
    ['create unique index jobs_origin on muster.jobs (origin);', 'adds a rule for existing tables'],
    [
      'create or replace function muster.note_change() returns trigger as $$ x; y $$;',
      'adds a rule for existing tables',
    ],
    ['-- a comment\nupdate muster.jobs set fence = 1;', 'moves or removes rows'],
  ])('a step with %j breaks older processes', (sql, what) => {
    expect(broken(sql)).toContain(what)
  })

  test.each([
    'create table muster.new (id text primary key, at timestamptz not null);',
    'alter table muster.jobs add column a text, add column b boolean not null default false;',
    "alter table muster.jobs add column c text default 'x, y' not null;",
    'create index concurrently jobs_small on muster.jobs (type) where status is not null;',
    'insert into muster.new (id) values (1);',
    '-- drop table\nselect 1;',
  ])('a step with %j breaks no older process', (sql) => {
    expect(broken(sql)).toEqual([])
  })
})
