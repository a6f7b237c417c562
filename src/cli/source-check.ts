import { composeSourceCheck } from '../compose/source-check.ts'
import { type Config, readConfig } from '../config.ts'
import { Failure } from '../domain/failure.ts'
import type { SourceReport } from '../inspect/source-report.ts'
import { runCommand } from './run-command.ts'
import { printReport } from './source-report.ts'
import { printJson } from './terminal.ts'

/** A source that cannot be exported makes the exit code 1, after all of them are reported. */
export function sourceCheck(name: string | undefined, options: { readonly json?: true }): Promise<void> {
  return runCommand(async (signal) => {
    const config = readConfig({})
    const reports: SourceReport[] = []
    for await (const report of composeSourceCheck({ ...config, sources: wanted(config, name) }, signal)) {
      if (options.json !== true) printReport(report, reports.length > 0)
      reports.push(report)
    }
    if (options.json === true) printJson(reports)
    failIfUnusable(reports)
  })
}

function wanted({ sources }: Config, name: string | undefined): Config['sources'] {
  if (sources.length === 0)
    throw new Failure(
      'usage_invalid',
      'The environment names no source: set the same MUSTER_SOURCE_<NAME>_… variables as for the server (docs/sources.md).',
    )
  const found = sources.filter((source) => name === undefined || source.name === name)
  if (found.length > 0) return found
  const names = sources.map((source) => source.name).join(', ')
  throw new Failure('usage_invalid', `The environment names no source ${name}; it names ${names}.`)
}

function failIfUnusable(reports: readonly SourceReport[]): void {
  const failed = reports.filter(({ problems }) => problems.length > 0)
  if (failed.length === 0) return
  const isAway = failed.every(({ state }) => state === 'unavailable')
  const names = failed.map(({ source }) => source).join(', ')
  const which =
    reports.length === 1 ? `The source ${names}` : `${failed.length} of ${reports.length} sources (${names})`
  throw new Failure(isAway ? 'source_unavailable' : 'source_unusable', `${which} cannot be exported now.`)
}
