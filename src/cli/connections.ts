import { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { entriesOf, firstOf } from '../client/pages.ts'
import { examples } from './options.ts'
import { withClient } from './run-command.ts'
import { type TargetOptions, withTarget } from './target-options.ts'
import { printJson, printTable } from './terminal.ts'

export interface Connection {
  readonly id: string
  readonly name: string
  readonly strategy: string
}

export function connectionsCommand(): Command {
  return withTarget(new Command('connections').description('List the connections, to which users belong'))
    .option('--json', 'print JSON')
    .addHelpText('after', examples('connections', 'connections --json'))
    .action((options: TargetOptions & { readonly json?: boolean }) =>
      withClient(options, async (client, signal) => {
        const connections = await allConnections(client, signal)
        if (options.json === true) printJson(connections)
        else
          await printTable(
            ['id', 'name', 'strategy'],
            connections.map(({ id, name, strategy }) => [id, name, strategy]),
          )
      }),
    )
}

export function allConnections(client: Client, signal?: AbortSignal): Promise<readonly Connection[]> {
  return firstOf(entriesOf<Connection>(client, { path: 'connections', member: 'connections', signal }))
}
