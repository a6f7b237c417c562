import { Command, Option } from 'commander'
import type { CopyOptions } from './copy.ts'
import { several } from './options.ts'

const EXAMPLES = `
Examples:
  muster copy --from tenant --to mine
  muster copy --from tenant --to mine --connection Username-Password-Authentication=people --yes

Without --yes the command says what it would copy, and ends with exit code 4.
Passwords are not copied, since no export has them.`

export function copyCommand(): Command {
  return new Command('copy')
    .description('Copy users from one server to another: Muster or Auth0, in each direction')
    .requiredOption('--from <profile>', 'the server that has the users, as "muster login" has stored it')
    .requiredOption('--to <profile>', 'the server that gets them')
    .addOption(
      new Option(
        '--connection <name[=name]>',
        'only this connection, and its name there; repeat it for more',
      ).argParser(several),
    )
    .addOption(
      new Option('--field <name>', 'a root attribute that Auth0 does not have, such as locale').argParser(
        several,
      ),
    )
    .option('--upsert', 'update users who exist there already; without it they are refused')
    .option('--rejects <file>', 'write refused users to this file')
    .option('--yes', 'copy, and do not only say what would be copied')
    .option('--json', 'print the result as JSON')
    .option('--run-folder <folder>', 'where the exported files are until all users are imported')
    .addHelpText('after', EXAMPLES)
    .action(async (options: CopyOptions) => (await import('./copy.ts')).copyUsers(options))
}
