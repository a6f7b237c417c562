import { readFileSync } from 'node:fs'
import { causesOf } from '../domain/causes.ts'
import { Failure } from '../domain/failure.ts'
import type { QueryWish, SourceSettings } from '../domain/source.ts'
import type { OwnQuery } from '../relations/own-tables.ts'
import type { SourceTables } from '../relations/pg-source.ts'
import { PRESETS } from '../relations/presets.ts'
import { type NameKind, newSecretNames } from '../users/secret-names.ts'

export interface ReadTables extends SourceTables {
  readonly settings: SourceSettings
}

/**
 * What the settings say of the tables of each source. Fails with `config_invalid`, and names
 * everything that is wrong at once.
 */
export function sourceTables(sources: readonly SourceSettings[]): readonly ReadTables[] {
  const complaints: string[] = []
  const names = newSecretNames()
  const isSecret = (name: string): boolean => SECRET_KINDS.has(names.of(name))
  const all = sources.map((settings): ReadTables => {
    const { name, tables } = settings
    if ('queryFile' in tables) {
      const query = queryIn(tables, (reason) => complaints.push(`the source ${name}: ${reason}`))
      return { name, tables: query, isSecret, settings }
    }
    if (!isPreset(tables.preset)) complaints.push(`the source ${name}: ${wrongPreset(tables.preset)}`)
    return { name, tables, isSecret, settings }
  })
  if (complaints.length === 0) return all
  const lines = complaints.map((complaint) => `  - ${complaint}\n`)
  throw new Failure('config_invalid', `Muster cannot start:\n${lines.join('')}`)
}

const SECRET_KINDS: ReadonlySet<string> = new Set<NameKind>(['secret', 'secrets', 'salt', 'shaped'])

function queryIn({ queryFile, key }: QueryWish, complain: (reason: string) => void): OwnQuery {
  try {
    return { sql: readFileSync(queryFile, 'utf8'), key }
  } catch (cause) {
    complain(`the file ${queryFile} cannot be read: ${causesOf(cause).join(', ')}`)
    return { sql: '', key }
  }
}

function isPreset(wanted: string): boolean {
  return wanted === 'detect' || PRESETS.some(({ name }) => name === wanted)
}

function wrongPreset(wanted: string): string {
  return `expected a preset of ${PRESETS.map(({ name }) => name).join(', ')}, or detect; came: ${wanted}`
}
