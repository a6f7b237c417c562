import { Command } from 'commander'
import { countOption } from './options.ts'

export function generateCommand(): Command {
  return new Command('generate')
    .description('Make users to try things with, as NDJSON: the same ones for the same seed')
    .addOption(countOption('--users <count>', 'how many').default(1000))
    .addOption(countOption('--seed <number>', 'another seed gives other users', 2 ** 31 - 1).default(1))
    .option(
      '--preserve',
      'also ids of Auth0, identities, timestamps and counters; import them with --preserve',
    )
    .option(
      '--connection <name>',
      'the connection that the identities name',
      'Username-Password-Authentication',
    )
    .option('--output <file>', 'write to a file instead of standard output')
    .option('--json', 'print a summary as JSON, with --output')
    .addHelpText(
      'after',
      `
The profiles are varied: many scripts, texts that spreadsheets run, nested metadata, missing members.

Examples:
  muster generate --users 3
  muster generate --users 2000 --seed 7 --output generated.ndjson`,
    )
    .action(async (options) => (await import('./generate.ts')).generate(options))
}
