import { join } from 'node:path'
import envPaths from 'env-paths'

/** Where runs of `muster import` and `muster copy` are noted, each in a folder of its own. */
export function runsFolder(): string {
  return join(envPaths('muster', { suffix: '' }).data, 'runs')
}

/** `runFolder` is the value of --run-folder. */
export function placeOfRun({
  runFolder,
}: {
  readonly runFolder?: string
}): { parent: string } | { path: string } {
  return runFolder === undefined ? { parent: runsFolder() } : { path: runFolder }
}
