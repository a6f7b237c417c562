import { Command, Option } from 'commander'
import { EXPORT_FORMATS } from '../domain/export-request.ts'
import { several } from './options.ts'
import { withTarget } from './target-options.ts'

const EXAMPLES = `
Examples:
  muster export --connection Username-Password-Authentication --format csv
  muster export --format json --field user_id --field email=mail --query 'email:*@example.com' --output users.json.gz

The file appears under its name when all of it is there and verified. docs/cli.md says more.`

export function exportCommand(): Command {
  const command = withTarget(new Command('export').description('Export users to a file'))
  for (const option of [...usersOptions(), ...csvOptions(), ...fileOptions()]) command.addOption(option)
  return command
    .addHelpText('after', EXAMPLES)
    .action(async (options) => (await import('./export.ts')).exportUsers(options))
}

function usersOptions(): readonly Option[] {
  return [
    new Option('--connection <name-or-id>', 'only users of this connection'),
    ...fieldOptions(),
    new Option('--limit <count>', 'at most so many users').argParser(Number),
    new Option('--query <query>', 'only users that this query finds (Muster only)'),
    new Option('--since <timestamp>', 'only what has changed after it (Muster only)'),
    new Option('--ignore-deletions', 'with --since: name no deleted users (Muster only)'),
    new Option('--sort <attribute:1|-1>', 'the order, such as email:1 (Muster only)'),
    new Option('--job <id>', 'download the file of a job that exists, or go on with it'),
  ].map((option) => option.helpGroup('Users:'))
}

export function fieldOptions(): readonly Option[] {
  return [
    new Option('--field <path[=name]>', 'a field, and its heading or key; repeat it for more').argParser(
      several,
    ),
    new Option('--fields <file>', 'a file with the fields: one a line, or a JSON array'),
  ]
}

function csvOptions(): readonly Option[] {
  return [...dialectOptions(), new Option('--discover', 'a column for each path in the metadata')].map(
    (option) => option.helpGroup('CSV (Muster only):'),
  )
}

export function dialectOptions(): readonly Option[] {
  return [
    new Option('--guard <kind>', 'which cells get an apostrophe in front').choices([
      'auth0',
      'formula',
      'none',
    ]),
    new Option('--delimiter <kind>', 'between cells').choices([',', ';', 'tab']),
    new Option('--bom', 'begin with a byte order mark'),
    new Option('--newline <kind>', 'the end of a line').choices(['lf', 'crlf']),
    new Option('--no-header', 'leave out the line of headings'),
  ]
}

function fileOptions(): readonly Option[] {
  return [
    new Option('--format <format>', 'of the file; json is NDJSON').choices([...EXPORT_FORMATS]),
    new Option('--output <file|folder|->', "where to; the server's name in this folder if left out"),
    new Option('--gunzip', 'unpack the file'),
    new Option('--json-array', 'one JSON array instead of NDJSON; unpacks too'),
    new Option('--max-bytes <count>', 'several such arrays, of so many bytes at most').argParser(Number),
    new Option('--receipt', 'save the signed receipt beside the file (Muster only)'),
    new Option('--json', 'print a summary as JSON'),
  ].map((option) => option.helpGroup('File:'))
}
