#!/usr/bin/env node
import { Command } from 'commander'
import { connectionsCommand } from './cli/connections.ts'
import { EXIT } from './cli/exit-codes.ts'
import { exportCommand } from './cli/export-command.ts'
import { serverCommands } from './cli/server-commands.ts'
import { verifyCommand } from './cli/verify-command.ts'
import { ownVersion } from './version.ts'

const program = new Command('muster')
  .description("Bulk user export that speaks Auth0's Management API")
  .version(ownVersion(), '--version', 'Print the version')
  .commandsGroup('At the server:')
for (const command of serverCommands()) program.addCommand(command, { isDefault: command.name() === 'serve' })
program.commandsGroup('Over the network:')
for (const command of [exportCommand(), connectionsCommand(), verifyCommand()]) program.addCommand(command)
for (const command of program.commands)
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.usage))
await program.parseAsync()
