import { composeMigration } from '../compose/migration.ts'
import { begin, type Options, say } from './begin.ts'

export function migrate(options: Options): Promise<void> {
  return begin(options, async (config, deps) => {
    await composeMigration(config, deps)
    say(options, 'The schema is up to date.', { schema: 'up to date' })
  })
}
