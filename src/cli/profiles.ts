import { readFileSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import envPaths from 'env-paths'
import { Failure } from '../domain/failure.ts'
import { isJsonObject } from '../domain/json.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import { writeWhole } from './write-whole.ts'

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
export const DEFAULT_PROFILE = 'default'

/** Only the user may read the file, because it holds secrets. */
export function profilesFile(): string {
  return join(envPaths('muster', { suffix: '' }).config, 'profiles.json')
}

/** Empty if no name is given and no default is stored. Fails with `usage_invalid` if a named profile is missing. */
export function readProfile(name: string | undefined): Profile {
  const profile = readProfiles()[name ?? DEFAULT_PROFILE]
  if (profile !== undefined) return profile
  if (name === undefined) return {}
  throw new Failure(
    'usage_invalid',
    `There is no profile ${name} in ${profilesFile()}. Make it with: muster login --profile ${name}`,
  )
}

export function readProfiles(): Readonly<Record<string, Profile>> {
  const file = profilesFile()
  try {
    const read = glanceAtJson(readFileSync(file, 'utf8'))
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

/** Fails with `file_unwritable`, and then the old profiles stay. */
export async function writeProfiles(profiles: Readonly<Record<string, Profile>>): Promise<void> {
  const file = profilesFile()
  const folder = dirname(file)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // The folder may be older, and open to others.
    await chmod(folder, 0o700)
    const text = `${JSON.stringify(profiles, undefined, 2)}\n`
    await writeWhole(file, text, { temporary: `${file}.${process.pid}`, flags: 'wx', mode: 0o600 })
  } catch (cause) {
    throw new Failure('file_unwritable', `The profiles cannot be written to ${file}: ${String(cause)}`, {
      cause,
    })
  }
}
