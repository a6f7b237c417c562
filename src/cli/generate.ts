import { ndjsonText } from '../convert/ndjson-text.ts'
import type { JsonObject } from '../domain/json.ts'
import { generatedUsers } from '../generate/users.ts'
import { chunksOf, writeOut } from './output.ts'
import { usersIn } from './progress.ts'
import { refuseJsonOnStdout } from './refuse-json.ts'
import { runCommand } from './run-command.ts'
import { printJson, tell } from './terminal.ts'

interface GenerateOptions {
  readonly users: number
  readonly seed: number
  readonly preserve?: true
  readonly connection: string
  readonly output?: string
  readonly json?: true
}

export function generate(options: GenerateOptions): Promise<void> {
  return runCommand(async (signal) => {
    const { users, seed, output, connection } = options
    refuseJsonOnStdout(options)
    const all = generatedUsers({ users, seed, connection, isPreserved: options.preserve === true })
    const files = await writeOut(chunksOf(lines(all)), { output, signal })
    if (options.json === true) printJson({ users, seed, files })
    else if (output !== undefined) tell(`${output}: ${usersIn(users)}, seed ${seed}`)
  })
}

function* lines(users: Iterable<JsonObject>): Generator<string> {
  for (const user of users) yield ndjsonText(user)
}
