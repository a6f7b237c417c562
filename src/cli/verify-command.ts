import { Command } from 'commander'
import { EXIT } from './exit-codes.ts'

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Check an export file against its receipt, without a server')
    .argument('<file>', 'the file as it was downloaded')
    .argument('<receipt-file>', 'the receipt as it was downloaded')
    .option('--jwks <file-or-url>', 'public keys: a copy of /.well-known/jwks.json, or its http(s) URL')
    .option('--json', 'print the checks as JSON')
    .addHelpText(
      'after',
      `
Exit codes: ${EXIT.done} all holds, ${EXIT.incomplete} something does not, ${EXIT.usage} wrong usage, or a file or the keys cannot be read.

Examples:
  muster verify users.csv.gz users.csv.gz.receipt --jwks jwks.json
  muster verify users.csv.gz users.csv.gz.receipt --jwks "$MUSTER_URL/.well-known/jwks.json" --json`,
    )
    .action(async (file, receipt, options) => (await import('./verify.ts')).verify(file, receipt, options))
}
