import type { Config } from '../config.ts'
import { systemStopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { SourceSettings } from '../domain/source.ts'
import type { Log } from '../observe/log.ts'
import { type Database, openDatabase } from '../pg/database.ts'
import { sourceUrl } from '../pg/source-url.ts'
import { pgSource, type Source } from '../relations/pg-source.ts'
import { PRESETS } from '../relations/presets.ts'
import type { Closers } from './closers.ts'

// Looks, searches and counts of requests. A slow source must not hold up requests for other users.
const REQUEST_CONNECTIONS = 3
const QUICK_SECONDS = 5
const IDLE_SECONDS = 60

/** For requests: a few connections, and statements of some seconds. A source that is down does not stop the start. */
export function openSources(
  { sources, limits }: Pick<Config, 'sources' | 'limits'>,
  log: Log,
  closers: Closers,
): readonly Source[] {
  checkPresets(sources)
  const seconds = limits.statementSeconds
  const opened = opensOf(sources, closers, ({ url }) =>
    openDatabase({
      url: sourceUrl(url, { statementSeconds: seconds, idleSeconds: IDLE_SECONDS }),
      connectionsMax: REQUEST_CONNECTIONS,
      limits: { connectSeconds: QUICK_SECONDS, answerSeconds: seconds + 1, silenceSeconds: seconds + 1 },
    }),
  )
  for (const source of opened) void reportLook(source, log)
  return opened
}

function opensOf(
  sources: readonly SourceSettings[],
  closers: Closers,
  open: (settings: SourceSettings) => Database,
): readonly Source[] {
  const pools = closers.together()
  return sources.map((settings) => pgSource(settings, pools.opened(open(settings)), systemStopwatch))
}

function checkPresets(sources: readonly SourceSettings[]): void {
  const names = PRESETS.map(({ name }) => name)
  const complaints = sources.flatMap(({ name, tables }) =>
    'preset' in tables && tables.preset !== 'detect' && !names.includes(tables.preset)
      ? [
          `  - the source ${name}: expected a preset of ${names.join(', ')}, or detect; came: ${tables.preset}\n`,
        ]
      : [],
  )
  if (complaints.length > 0)
    throw new Failure('config_invalid', `Muster cannot start:\n${complaints.join('')}`)
}

async function reportLook(source: Source, log: Log): Promise<void> {
  try {
    const { found } = await source.users()
    log.info({ source: source.name, preset: found.preset.name, ...found.asked }, 'a source of users')
  } catch (err) {
    log.warn({ err, source: source.name }, 'a source of users cannot be read now')
  }
}
