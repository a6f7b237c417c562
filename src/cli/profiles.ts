import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import envPaths from 'env-paths'
import { Failure } from '../domain/failure.ts'
import { isJsonObject } from '../domain/json.ts'
import { glanceAtJson } from '../domain/read-json.ts'

/** A server and how to sign in there, stored under a name. */
export interface Profile {
  readonly url?: string
  readonly domain?: string
  readonly clientId?: string
  readonly clientSecret?: string
  readonly token?: string
  readonly audience?: string
  readonly caFile?: string
}

/** The profile of commands that name none. */
const DEFAULT_PROFILE = 'default'

/** Only the user may read it, since secrets lie in it. */
function profilesFile(): string {
  return join(envPaths('muster', { suffix: '' }).config, 'profiles.json')
}

/** The default profile may be missing. Fails with `usage_invalid`. */
export function readProfile(name: string | undefined): Profile {
  const profile = readProfiles()[name ?? DEFAULT_PROFILE]
  if (profile !== undefined) return profile
  if (name === undefined) return {}
  throw new Failure(
    'usage_invalid',
    `There is no profile ${name} in ${profilesFile()}. Make it with: muster login --profile ${name}`,
  )
}

function readProfiles(): Readonly<Record<string, Profile>> {
  const file = profilesFile()
  try {
    const read: unknown = glanceAtJson(readFileSync(file, 'utf8'))
    if (isJsonObject(read)) return read as Readonly<Record<string, Profile>>
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
    throw new Failure('usage_invalid', `The profiles in ${file} cannot be read: ${String(cause)}`, { cause })
  }
  throw new Failure(
    'usage_invalid',
    `The profiles in ${file} are no JSON object. Correct the file or remove it.`,
  )
}
