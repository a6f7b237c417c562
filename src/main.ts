#!/usr/bin/env node
import { Command, Option } from 'commander'
import { migrate } from './cli/migrate.ts'
import { rotateKeysNow } from './cli/rotate-keys.ts'
import { serve } from './cli/serve.ts'
import { verify } from './cli/verify.ts'
import { worker } from './cli/worker.ts'
import { KEYS } from './config.ts'
import { ownVersion } from './version.ts'

// A worker has no port for clients, and no data folder.
const OF_REQUESTS: ReadonlySet<string> = new Set([
  ...[
    'port',
    'host',
    'dataDir',
    'tlsCert',
    'tlsKey',
    'tlsSelfSigned',
    'clientId',
    'clientSecret',
    'rateLimit',
  ],
  ...['tokenLifetimeSeconds', 'downloads', 'importBytesMax', 'watchersMax', 'jsonFieldsMax'],
  ...['tokenAttempts', 'connectionsMax', 'connectionsPerAddressMax', 'unansweredMax', 'requestSeconds'],
  ...['connectionSilenceSeconds', 'uploadBytesPerSecond'],
])

const program = new Command('muster')
  .description("Bulk user export that speaks Auth0's Management API")
  .version(ownVersion(), '--version', 'Print the version')
withSettings(
  program.command('serve', { isDefault: true }).description('Answer requests and run jobs'),
  Object.keys(KEYS),
)
  .option('--no-jobs', 'Answer requests only; "muster worker" runs the jobs')
  .action(serve)
withSettings(
  program.command('worker').description('Run jobs only; "muster serve" answers requests'),
  Object.keys(KEYS).filter((name) => !OF_REQUESTS.has(name)),
).action(worker)
withSettings(program.command('migrate').description("Bring the database's schema up to date and end"), [
  'databaseUrl',
  'dataDir',
]).action(migrate)
withSettings(
  program
    .command('rotate-keys')
    .description('Make a new key for tokens and receipts; those of the old keys stay valid'),
  ['databaseUrl', 'dataDir'],
).action(rotateKeysNow)
program
  .command('verify')
  .description('Check an export file against its receipt')
  .argument('<file>', 'the file as it was downloaded')
  .argument('<receipt>', 'the receipt as it was downloaded')
  .option('--jwks <file-or-url>', 'public keys: a copy of /.well-known/jwks.json, or its http(s) URL')
  .addHelpText('after', '\nExit code: 0 if all holds, 1 if something does not, 2 if it was used wrongly.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(verify)
await program.parseAsync()

/** `names` are the settings that the help of the command shows. One without a flag is no option. */
function withSettings(command: Command, names: readonly string[]): Command {
  const byEnvironment: string[] = []
  for (const [name, key] of Object.entries(KEYS)) {
    if (!names.includes(name)) continue
    const about = `${key.about} [${key.env}, default: ${key.fallback}]`
    if ('flag' in key) command.addOption(new Option(key.flag, about).helpGroup('Settings:'))
    else byEnvironment.push(`  ${key.env}: ${key.about} [default: ${key.fallback}]`)
  }
  if (byEnvironment.length === 0) return command
  return command.addHelpText('after', ['\nBy the environment alone:', ...byEnvironment].join('\n'))
}
