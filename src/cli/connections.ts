import { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { withClient } from './run-command.ts'
import { type TargetOptions, withTarget } from './target-options.ts'
import { print, printTable } from './terminal.ts'

interface Connection {
  readonly id: string
  readonly name: string
  readonly strategy: string
}

export function connectionsCommand(): Command {
  return withTarget(new Command('connections').description('List the connections, to which users belong'))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  muster connections\n  muster connections --json')
    .action((options: TargetOptions & { readonly json?: boolean }) =>
      withClient(options, async (client) => {
        const connections = await allConnections(client)
        if (options.json === true) print(JSON.stringify(connections, undefined, 2))
        else
          await printTable(
            ['id', 'name', 'strategy'],
            connections.map(({ id, name, strategy }) => [id, name, strategy]),
          )
      }),
    )
}

/** By checkpoints, since pages by number end after 1,000. */
async function allConnections(client: Client): Promise<readonly Connection[]> {
  const all: Connection[] = []
  let from: string | undefined
  do {
    const page = await client.json<{ connections: readonly Connection[]; next?: string }>({
      path: 'connections',
      query: { take: 100, from },
    })
    all.push(...page.connections)
    from = page.next
  } while (from !== undefined)
  return all
}
