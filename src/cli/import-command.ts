import { Command, Option } from 'commander'
import { CSV_GUARDS, IMPORT_FORMATS } from '../domain/import-request.ts'
import type { ImportOptions } from './import.ts'
import { withTarget } from './target-options.ts'

const EXAMPLES = `
Examples:
  muster import users.ndjson --connection Username-Password-Authentication
  muster import users.csv.gz --upsert --rejects refused.csv

A run that has stopped says how it goes on: muster import --continue RUN
A Muster gets each file as one stream. A tenant of Auth0 gets slices of at most 500 KB, two at a time.
Exit code 5: some users were refused.`

export function importCommand(): Command {
  const command = new Command('import')
    .description('Import users from files: NDJSON, a JSON array or CSV, gzipped or not')
    .argument('[files...]', 'users files; - is standard input')
    .option('--connection <name-or-id>', 'the connection that takes the users, if there are several')
    .option('--upsert', 'update users who exist already; without it they are refused')
    .option('--merge', 'like --upsert, but metadata that the file does not give stays (Muster)')
    .option('--preserve', 'keep ids, identities, timestamps and counters of the file (Muster)')
    .option('--dry-run', 'write nothing, and say what would happen')
    .option('--rejects <file>', 'write refused entries to this file, as they are in the users file')
    .addOption(new Option('--format <format>', 'if it cannot be guessed').choices(IMPORT_FORMATS))
    .addOption(
      new Option(
        '--guard <guard>',
        'which CSV cells have an apostrophe in front, if it is recognized wrongly',
      ).choices(['detect', ...CSV_GUARDS]),
    )
    .addOption(
      new Option('--delimiter <kind>', 'between the cells of CSV, if it is recognized wrongly').choices([
        ',',
        ';',
        'tab',
      ]),
    )
    .option('--json', 'print the result as JSON')
    .option('--run-folder <folder>', 'where the run is noted, so that it can go on')
    .option('--continue <run>', 'go on with a run that has stopped: its name, or its folder')
    .addHelpText('after', EXAMPLES)
  return withTarget(command).action(async (files: readonly string[], options: ImportOptions) =>
    (await import('./import.ts')).importUsers(files, options),
  )
}
