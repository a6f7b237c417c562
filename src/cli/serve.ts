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
    const sentences = [notice, `Muster is ready at ${publicUrl}`, whatNext(publicUrl)]
    const text = sentences.filter((sentence) => sentence !== '').join('\n')
    say(options, text, { url: publicUrl, ...(notice === '' ? {} : { notice }) })
  })
}

function whatNext(publicUrl: string): string {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  return [
    `  First export:  set MUSTER_URL=${publicUrl}, MUSTER_CLIENT_ID and MUSTER_CLIENT_SECRET, then: muster export`,
    `  Documentation: ${join(root, 'docs')}, and the API at ${publicUrl}/openapi.json`,
  ].join('\n')
}
