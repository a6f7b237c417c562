import { describe, expect, test } from 'vitest'
import type { Catalogue } from '../../../src/relations/catalogue.ts'
import type { Preset } from '../../../src/relations/preset.ts'
import { PRESETS } from '../../../src/relations/presets.ts'
import { sourceRelation } from '../../../src/relations/source-relation.ts'
import { catalogues, lookAt } from './catalogues.ts'

/** Parts of the names of columns that hold what no file may have. */
const SECRET =
  /\b\w*(?:passw|hash|secret|token|salt|recover|backup_code|otp_|private_key|credential_data|encrypted|verifier|api_key)\w*\b/gi

/** Names with such a part that hold no secret, or say nothing of one. Each with its reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  passwordless: 'the kind of a second factor of Keycloak',
  last_password_reset: 'the attribute of Auth0: a time',
  password_updated_at: 'Logto: a time',
  password_changed: 'Zitadel: a time',
  password_change_date: 'authentik: a time',
  lastpasswordupdate: 'Mattermost: a time',
  otp_required_for_login: 'GitLab: whether there is a second factor',
  emailpassword_users: 'a table of SuperTokens, of which the hash is not read',
  passwordless_users: 'a table of SuperTokens, for users who sign in by a code',
  supertokens_user_id: 'SuperTokens: an id',
  totp_user_devices: 'a table of SuperTokens, of which only the user and `verified` are read',
  authentik_stages_authenticator_totp_totpdevice: 'of which only the user and `confirmed` are read',
}

function sqlOf(preset: Preset, catalogue: Catalogue): string {
  const look = lookAt(catalogue)
  const users = preset.users(look)
  const choices = preset.asks.map((ask) => ask.choices(look))
  const counts = users.leftOut.map(({ count }) => count)
  const { from } = sourceRelation(users, 'customers')
  return [from, ...choices, ...counts, preset.version?.(look), JSON.stringify(users.reads)].join('\n')
}

describe('the SQL of all presets', () => {
  test.each(PRESETS)('P41 the preset $name reads no password, hash, token or secret', (preset) => {
    for (const catalogue of catalogues(preset)) {
      const found = [...sqlOf(preset, catalogue).matchAll(SECRET)].map(([name]) => name)
      expect(found.filter((name) => ALLOWED[name] === undefined)).toEqual([])
    }
  })

  test('P41 a name of a secret column of any product is found', () => {
    const names = [
      ...[
        'password',
        'encrypted_password',
        'password_hash',
        'hashed_password',
        'secret_data',
        'credential_data',
        'salt',
      ],
      ...[
        'token',
        'refresh_token',
        'accessToken',
        'idToken',
        'recovery_token',
        'otp_backup_codes',
        'mfasecret',
        'tfa_secret',
      ],
      ...[
        'encrypted_otp_secret_iv',
        'password_encrypted',
        'incoming_email_token',
        'otp_secret',
        'long_value_hash',
      ],
    ]
    for (const name of names) expect(`select u.${name} from x`.match(SECRET), name).toEqual([name])
  })

  test('every name of a preset is one that a setting can have, and none comes twice', () => {
    const names = PRESETS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]*$/)
  })
})
