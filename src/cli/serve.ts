import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { composeServer } from '../compose/server.ts'
import { sharedConfig } from '../compose/shared.ts'
import { begin, type Options, say, stopOnSignals } from './begin.ts'

export function serve(options: Options): Promise<void> {
  const runsJobs = options['jobs'] !== false
  return begin(options, async (given, deps) => {
    const config = runsJobs ? given : sharedConfig(given, 'muster serve --no-jobs')
    const { notice, publicUrl, stop } = await composeServer(config, { ...deps, runsJobs })
    stopOnSignals(stop, deps.log)
    if (notice !== '') say(notice)
    say(`Muster is ready at ${publicUrl}\n${whatNext(publicUrl)}`)
  })
}

function whatNext(publicUrl: string): string {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  return `  First export:  ${join(root, 'README.md')} shows it with curl\n  Documentation: ${join(root, 'docs')}, and the API at ${publicUrl}/openapi.json`
}
