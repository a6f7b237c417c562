// Makes the example users in examples/users: the same ones every time, from a seed. Run it after changing it:
//   npm run examples
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newRandom } from '../src/generate/random.ts'
import { GIVEN_NAMES } from '../src/generate/words.ts'

const FOLDER = join(import.meta.dirname, '..', 'examples', 'users')
// The largest file that Auth0's import API accepts, without the brackets.
const FILE_BYTES_MAX = 511_000

const { next: random, pick, chance, hex } = newRandom(20260101)
const digits = (count) => Array.from({ length: count }, () => Math.floor(random() * 10)).join('')
const moment = (from, to) => {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  return new Date(start + Math.floor(random() * (end - start))).toISOString()
}

const FAMILY = [
  'Lovelace',
  'Guðmundsdóttir',
  'Müller-Lüdenscheidt',
  'Novák',
  "D'Angelo",
  'van der Berg',
  'Okonkwo',
  'Śmigły, jr.',
  'Smith "Smitty" Jones',
  'García Márquez',
  'Nguyễn',
  'Kowalska',
  'الأحمد',
  'לוי',
  '王',
  '田中',
  'St. John',
  'Ó Briain',
  'Dupont-Moretti',
  'Silva',
]
const NASTY = [
  '=HYPERLINK("http://example.com","click")',
  '+1 (555) 0100',
  '-2+3',
  '@SUM(A1:A9)',
  '\tindented',
  'two\nlines',
  'semi;colon, comma',
  'He said "no"',
  "'quoted'",
  '🎉 party 🎊',
  'مرحبا بالعالم',
  '𝒻𝒶𝓃𝒸𝓎',
  '＝1＋1',
  'trailing space ',
  '',
]
const CONSENTS = [
  'I agree to the terms of service.',
  'I agree, "with reservations".',
  'Je suis d’accord ; merci',
  'Line one\nLine two',
  '=1+1',
  'أوافق على الشروط',
  '同意します',
  '👍',
]

function consent() {
  return {
    given: chance(0.8),
    date: moment('2018-05-25', '2026-01-01').slice(0, 10),
    ...(chance(0.9) ? { text_details: pick(CONSENTS) } : {}),
  }
}

function userMetadata(index) {
  return {
    ...(chance(0.85) ? { consent: consent() } : {}),
    preferences: {
      language: pick(['en', 'de', 'fr', 'ar', 'ja']),
      mail: { weekly: chance(0.5), hour: Math.floor(random() * 24) },
    },
    ...(chance(0.15) ? { motto: pick(NASTY) } : {}),
    ...(chance(0.1) ? { notes: Array.from({ length: 3 }, () => pick(NASTY)) } : {}),
    // A few profiles as large as Auth0's soft limit of 10 KB.
    ...(index % 400 === 399 ? { biography: `${pick(CONSENTS)} `.repeat(400).slice(0, 9_000) } : {}),
  }
}

function appMetadata() {
  return {
    plan: pick(['free', 'team', 'enterprise']),
    ...(chance(0.5)
      ? { stripe: [{ customer_id: `cus_${hex(14)}`, balance: Math.round(random() * 1e6) / 100 }] }
      : {}),
    ...(chance(0.3) ? { roles: ['reader', ...(chance(0.3) ? ['editor'] : [])] } : {}),
  }
}

function identities(connection, id) {
  const own = { connection, user_id: id, provider: 'auth0', isSocial: false }
  if (!chance(0.08)) return [own]
  const linked = {
    connection: 'google-oauth2',
    user_id: digits(21),
    provider: 'google-oauth2',
    isSocial: true,
  }
  return [own, { ...linked, profileData: { email: `linked.${hex(6)}@gmail.example`, email_verified: true } }]
}

function activity() {
  const created = moment('2017-01-01', '2025-12-01')
  if (chance(0.12)) return { created_at: created, updated_at: created }
  const seen = moment(created, '2026-01-01')
  return {
    created_at: created,
    updated_at: seen,
    last_login: seen,
    last_ip: `203.0.113.${Math.floor(random() * 256)}`,
    logins_count: 1 + Math.floor(random() * 400),
  }
}

function user(connection, index) {
  const id = hex(24)
  const given = pick(GIVEN_NAMES)
  const family = pick(FAMILY)
  return {
    user_id: id,
    email: `user${index}.${connection.toLowerCase().split('-')[0]}@example.com`,
    email_verified: chance(0.7),
    ...(chance(0.8) ? { given_name: given } : {}),
    ...(chance(0.8) ? { family_name: family } : {}),
    ...(chance(0.75)
      ? { name: chance(0.05) ? pick(NASTY.filter((text) => text !== '')) : `${given} ${family}` }
      : {}),
    ...(chance(0.1) ? { nickname: given.toLowerCase() } : {}),
    ...(chance(0.1) ? { phone_number: `+1555${digits(7)}`, phone_verified: chance(0.5) } : {}),
    ...(chance(0.04) ? { blocked: true } : {}),
    ...(chance(0.2) ? { locale: pick(['en-GB', 'fr-FR', 'ar']) } : {}),
    ...(chance(0.9) ? { user_metadata: userMetadata(index) } : {}),
    ...(chance(0.6) ? { app_metadata: appMetadata() } : {}),
    ...activity(),
    identities: identities(connection, id),
  }
}

function filesOf(connection, count) {
  const files = [[]]
  let bytes = 0
  for (let index = 0; index < count; index++) {
    const text = JSON.stringify(user(connection, index))
    bytes += Buffer.byteLength(text) + 2
    if (bytes > FILE_BYTES_MAX) {
      files.push([])
      bytes = Buffer.byteLength(text)
    }
    files.at(-1)?.push(text)
  }
  return files
}

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER, { recursive: true })
for (const [connection, count] of [
  ['Username-Password-Authentication', 1800],
  ['Customers', 900],
  ['Staff', 300],
]) {
  filesOf(connection, count).forEach((users, index) => {
    writeFileSync(join(FOLDER, `${connection}.${index + 1}.json`), `[${users.join(',\n')}]\n`)
  })
}
