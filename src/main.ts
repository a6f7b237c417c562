#!/usr/bin/env node
import { Command } from 'commander'
import { clientsCommand } from './cli/clients-command.ts'
import { connectionsCommand } from './cli/connections.ts'
import { copyCommand } from './cli/copy-command.ts'
import { EXIT } from './cli/exit-codes.ts'
import { exportCommand } from './cli/export-command.ts'
import { importCommand } from './cli/import-command.ts'
import { jobsCommand } from './cli/jobs-command.ts'
import { loginCommand } from './cli/login.ts'
import { serverCommands } from './cli/server-commands.ts'
import { usersCommand } from './cli/users-command.ts'
import { verifyCommand } from './cli/verify-command.ts'
import { ownVersion } from './version.ts'

const program = new Command('muster')
  .description("Bulk user export that speaks Auth0's Management API")
  .version(ownVersion(), '--version', 'Print the version')
  .commandsGroup('At the server:')
for (const command of serverCommands()) program.addCommand(command, { isDefault: command.name() === 'serve' })
program.commandsGroup('Over the network:')
const network = [
  loginCommand(),
  exportCommand(),
  importCommand(),
  copyCommand(),
  jobsCommand(),
  usersCommand(),
  connectionsCommand(),
  clientsCommand(),
]
for (const command of network) program.addCommand(command)
program.commandsGroup('On this machine:')
for (const command of [verifyCommand()]) program.addCommand(command)
endWithUsage(program)
await program.parseAsync()

/** For each command below, since commander hands its own exit codes down to none. */
function endWithUsage(command: Command): void {
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.usage))
  for (const each of command.commands) endWithUsage(each)
}
