import { readFileSync } from 'node:fs'
import { isJsonObject } from './domain/json.ts'
import { readJson } from './domain/read-json.ts'

/** Muster's version. package.json lies in the folder above, of the source as of the build. */
export function ownVersion(): string {
  const described = readJson(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return isJsonObject(described) ? String(described['version']) : ''
}
