import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { composeServer, type Muster } from '../compose/server.ts'
import { sharedConfig } from '../compose/shared.ts'
import { begin, type Options, say, stopOnSignals } from './begin.ts'

export function serve(options: Options): Promise<void> {
  const runsJobs = options['jobs'] !== false
  return begin(options, async (given, deps) => {
    const config = runsJobs ? given : sharedConfig(given, 'muster serve --no-jobs')
    const { notice, publicUrl, console, stop } = await composeServer(config, { ...deps, runsJobs })
    stopOnSignals(stop, deps.log)
    const sentences = [notice, `Muster is ready at ${publicUrl}`, whereConsole(console), whatNext(publicUrl)]
    const text = sentences.filter((sentence) => sentence !== '').join('\n')
    const more = { ...(console && { console: console.address }), ...(notice === '' ? {} : { notice }) }
    say(options, text, { url: publicUrl, ...more })
  })
}

function whereConsole(console: Muster['console']): string {
  if (console === undefined) return ''
  return `  Console:       ${console.address}${console.signsIn ? ' (signs in once, within an hour)' : ''}`
}

function whatNext(publicUrl: string): string {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  return [
    `  First export:  set MUSTER_URL=${publicUrl}, MUSTER_CLIENT_ID and MUSTER_CLIENT_SECRET, then: muster export`,
    `  Documentation: ${join(root, 'docs')}, and the API at ${publicUrl}/openapi.json`,
  ].join('\n')
}
