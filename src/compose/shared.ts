import type { Config } from '../config.ts'
import { Failure } from '../domain/failure.ts'

export type SharedConfig = Config & { readonly databaseUrl: string }

/**
 * Demands the settings without which processes cannot work together. It cannot compare the values of other processes.
 * Fails with `config_invalid`.
 */
export function sharedConfig(config: Config, command: string): SharedConfig {
  const { databaseUrl, objects, publicUrl } = config
  const complaints: string[] = []
  if (databaseUrl === undefined)
    complaints.push('DATABASE_URL: expected a PostgreSQL; the embedded engine belongs to one process')
  if (objects.kind === 'folder')
    complaints.push('MUSTER_OBJECTS: expected s3://bucket/prefix; a folder of files belongs to one process')
  if (publicUrl === undefined)
    complaints.push('MUSTER_PUBLIC_URL: expected the URL under which clients reach Muster')
  if (databaseUrl !== undefined && complaints.length === 0) return { ...config, databaseUrl }
  throw new Failure(
    'config_invalid',
    `"${command}" works with other processes, and all of them need the same settings. "muster serve" alone does everything without them.\n${complaints.map((line) => `  - ${line}\n`).join('')}`,
  )
}
