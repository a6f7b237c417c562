import { Command } from 'commander'

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Check an export file against its receipt')
    .argument('<file>', 'the file as it was downloaded')
    .argument('<receipt>', 'the receipt as it was downloaded')
    .option('--jwks <file-or-url>', 'public keys: a copy of /.well-known/jwks.json, or its http(s) URL')
    .addHelpText('after', '\nExit code: 0 if all holds, 1 if something does not, 2 if it was used wrongly.')
    .action(async (file, receipt, options) => (await import('./verify.ts')).verify(file, receipt, options))
}
