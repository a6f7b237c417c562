import { Command, Option } from 'commander'
import { IMPORT_FORMATS } from '../domain/import-request.ts'
import { dialectOptions, fieldOptions } from './export-command.ts'
import { countOption } from './options.ts'

export function convertCommand(): Command {
  const command = new Command('convert')
    .description('Write users files in another format')
    .argument('<files...>', 'NDJSON, a JSON array or CSV, gzipped or not; - is standard input')
    .addOption(
      new Option('--to <format>', 'the format to write').choices(IMPORT_FORMATS).makeOptionMandatory(),
    )
    .addOption(
      new Option('--from <format>', 'the format of the files, if they do not show it').choices(
        IMPORT_FORMATS,
      ),
    )
    .option('--output <file>', 'write to a file instead of standard output')
    .addOption(
      countOption(
        '--max-bytes <count>',
        'with json: several files of so many bytes at most; Auth0 takes 512000',
      ),
    )
  for (const option of [...fieldOptions(), ...dialectOptions(), discover()])
    command.addOption(option.helpGroup('CSV to write:'))
  return command
    .option('--json', 'print a summary as JSON, with --output')
    .addHelpText(
      'after',
      `
Without --field, CSV has the columns that an export has. Entries that are no users are reported and left out.

Examples:
  muster convert users.ndjson --to csv --guard formula --discover --output users.csv
  muster convert users.csv --to json --max-bytes 500000 --output users.json`,
    )
    .action(async (files, options) => (await import('./convert.ts')).convert(files, options))
}

function discover(): Option {
  return new Option('--discover', 'a column for each path in the metadata; reads the files twice')
}
