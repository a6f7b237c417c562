import type { Preset } from './preset.ts'

type Version = NonNullable<Preset['version']>

/** A table into which the product writes its version at each upgrade. `moment` is when. */
export function versionIn(name: string, moment: string): Version {
  return ({ has, table }) =>
    has(name, 'version')
      ? `select version::text as version from ${table(name)} where version is not null order by ${moment} desc limit 1`
      : undefined
}

/** For a product that writes down only which migrations it has run. Their names grow. */
export function newestMigrationIn(name: string): Version {
  return ({ has, table }) =>
    has(name, 'version')
      ? `select 'migration ' || max(version::text collate "C") as version from ${table(name)}`
      : undefined
}
