import { Command, Help, type Option } from 'commander'
import { clientsCommand } from './clients-command.ts'
import { connectionsCommand } from './connections.ts'
import { convertCommand } from './convert-command.ts'
import { copyCommand } from './copy-command.ts'
import { EXIT } from './exit-codes.ts'
import { exportCommand } from './export-command.ts'
import { generateCommand } from './generate-command.ts'
import { importCommand } from './import-command.ts'
import { jobsCommand } from './jobs-command.ts'
import { loginCommand } from './login.ts'
import { serverCommands } from './server-commands.ts'
import { sourceCommand } from './source-command.ts'
import { SERVER_OPTIONS } from './target-options.ts'
import { usersCommand } from './users-command.ts'
import { verifyCommand } from './verify-command.ts'

/** All commands. Each loads its own code when it runs, so that help comes at once. */
export function newProgram(version: string): Command {
  const program = new Command('muster')
    .description("Bulk user export that speaks Auth0's Management API")
    .version(version, '--version', 'Print the version')
    .helpCommand(false)
    .addHelpText('after', AFTER)
  program.commandsGroup('Server:')
  for (const command of serverCommands())
    program.addCommand(command, { isDefault: command.name() === 'serve' })
  program.addCommand(sourceCommand())
  program.commandsGroup('Users, with a Muster or a tenant of Auth0:')
  for (const command of [exportCommand(), importCommand(), copyCommand(), usersCommand()])
    program.addCommand(command)
  program.commandsGroup('Around them:')
  for (const command of [loginCommand(), jobsCommand(), connectionsCommand(), clientsCommand()])
    program.addCommand(command)
  program.commandsGroup('On this machine:')
  for (const command of [verifyCommand(), convertCommand(), generateCommand()]) program.addCommand(command)
  for (const command of program.commands) command.helpCommand(false)
  return program
}

const AFTER = `
Exit codes: ${EXIT.done} done, ${EXIT.failed} failed, ${EXIT.usage} wrong usage, ${EXIT.refused} refused by the server, \
${EXIT.unconfirmed} needs --yes, ${EXIT.incomplete} incomplete or not verified, ${EXIT.interrupted} interrupted.
docs/cli.md explains the commands in the order in which you need them.`

/** Commander hands the exit override of a command down to none, so each command below gets its own. */
export function endWith(command: Command, exit: (code: number) => never): void {
  command.exitOverride(({ exitCode }) => exit(exitCode === 0 ? EXIT.done : EXIT.usage))
  command.configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 100, 120), groupItems: serverLast })
  for (const each of command.commands) endWith(each, exit)
}

/** A reader of a command's help looks for its own options first. */
function serverLast<T extends Command | Option>(
  all: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = new Help().groupItems(all, visible, groupOf)
  const last = groups.get(SERVER_OPTIONS)
  if (last === undefined) return groups
  groups.delete(SERVER_OPTIONS)
  return groups.set(SERVER_OPTIONS, last)
}
