import { readFileSync } from 'node:fs'
import { isJsonObject } from './domain/json.ts'
import { readJson } from './domain/read-json.ts'

/** package.json lies one folder above this file, both in `src` and in `dist`. */
export function ownVersion(): string {
  const described = readJson(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return isJsonObject(described) ? String(described['version']) : ''
}
