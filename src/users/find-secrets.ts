import type { PathStep } from '../domain/field-path.ts'
import type { JsonObject } from '../domain/json.ts'
import { CREDENTIAL_NAMES, isAttribute, METADATA } from '../domain/profile.ts'
import type { Remark } from './left-out.ts'
import { storable } from './mask-secrets.ts'
import { mayHoldSecret } from './may-hold-secret.ts'
import { type Problem, ROOT_PATH } from './rules.ts'
import { placeAtRoot, searchMembers } from './secret-members.ts'
import type { SecretNames } from './secret-names.ts'

export interface FoundSecrets {
  /** Secrets in attributes. Every reader of the user gets attributes, so these secrets are refused. */
  readonly problems: readonly Problem[]
  /** Secrets in metadata. The client decides what is in there, so these secrets are stored. Each path once. */
  readonly remarks: readonly Remark[]
}

// Nobody reads more problems or remarks than these about one user.
const FOUND_MAX = 20

const NONE: FoundSecrets = { problems: [], remarks: [] }

/** Called for every user of an import, so it creates no object for a user without secrets. */
export function findSecrets(user: JsonObject, names: SecretNames): FoundSecrets {
  if (!mayHoldSecret(user, names)) return NONE
  let problems: Problem[] | undefined
  let remarks: Map<string, Remark> | undefined
  const found = (steps: readonly PathStep[]): void => {
    if (isOf(CREDENTIAL_NAMES, steps)) return
    if (!isOf(METADATA, steps)) {
      problems ??= []
      if (problems.length < FOUND_MAX) problems.push(problemOf(steps))
      return
    }
    remarks ??= new Map()
    const name = placeText(steps, '[]')
    if (remarks.size < FOUND_MAX) remarks.set(name, { kind: 'secret_kept', name })
  }
  searchMembers(placeAtRoot(user, names), { trail: [], found })
  if (problems === undefined && remarks === undefined) return NONE
  return {
    problems: problems ?? [],
    remarks: [...((remarks as Map<string, Remark> | undefined)?.values() ?? [])],
  }
}

function isOf(roots: readonly string[], [root]: readonly PathStep[]): boolean {
  return typeof root === 'string' && roots.includes(root)
}

const ADVICE =
  'It looks like a secret, and attributes are given out with the user. Send a password hash as password_hash or custom_password_hash and second factors as mfa_factors, move it to app_metadata, or leave it out'

// The codes are Auth0's: NOT_PASSED for a forbidden member, the other for an unknown one.
function problemOf(steps: readonly PathStep[]): Problem {
  const place = placeText(steps)
  const [root = ''] = steps
  if (isAttribute(String(root))) {
    const message = `Data matches schema from 'not': ${place}. ${ADVICE}`
    return { code: 'NOT_PASSED', message, path: schemaPath(steps) }
  }
  const message = `Additional properties not allowed: ${place}. ${ADVICE}`
  return { code: 'OBJECT_ADDITIONAL_PROPERTIES', message, path: schemaPath(steps.slice(0, -1)) }
}

const STEP_LENGTH_MAX = 60
const STEPS_MAX = 12

/** Such as `credentials[0].value`. A name may be as long as the file, so long ones are shortened. */
function placeText(steps: readonly PathStep[], item?: string): string {
  return shown(steps)
    .map((step, at) => (typeof step === 'number' ? (item ?? `[${step}]`) : at === 0 ? step : `.${step}`))
    .join('')
}

function schemaPath(steps: readonly PathStep[]): string {
  return ROOT_PATH + shown(steps).join('/')
}

function shown(steps: readonly PathStep[]): readonly PathStep[] {
  const first = steps.slice(0, STEPS_MAX).map((step) => (typeof step === 'number' ? step : shortened(step)))
  return steps.length > STEPS_MAX ? [...first, '…'] : first
}

// The cut may halve a surrogate pair, which PostgreSQL cannot store.
function shortened(name: string): string {
  return name.length > STEP_LENGTH_MAX ? `${storable(name.slice(0, STEP_LENGTH_MAX))}…` : name
}
