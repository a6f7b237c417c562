import { Command, Option } from 'commander'
import { defaultInWords, KEYS } from '../config.ts'

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

const OF_DATABASE = ['databaseUrl', 'dataDir']

/** The commands that run a part of the server. Each loads its code only when it runs. */
export function serverCommands(): readonly Command[] {
  return [
    withSettings(new Command('serve').description('Answer requests and run jobs'), Object.keys(KEYS))
      .option('--no-jobs', 'answer requests only; "muster worker" runs the jobs')
      .action(async (options) => (await import('./serve.ts')).serve(options)),
    withSettings(
      new Command('worker').description('Run jobs only; "muster serve" answers requests'),
      Object.keys(KEYS).filter((name) => !OF_REQUESTS.has(name)),
    ).action(async (options) => (await import('./worker.ts')).worker(options)),
    withSettings(
      new Command('migrate').description("Bring the database's schema up to date and end"),
      OF_DATABASE,
    ).action(async (options) => (await import('./migrate.ts')).migrate(options)),
    withSettings(
      new Command('rotate-keys').description(
        'Make a new key for tokens and receipts; those of the old keys stay valid',
      ),
      OF_DATABASE,
    ).action(async (options) => (await import('./rotate-keys.ts')).rotateKeysNow(options)),
  ]
}

/** `names` are the settings that the help of the command shows. One without a flag is no option. */
function withSettings(command: Command, names: readonly string[]): Command {
  const byEnvironment: string[] = []
  for (const [name, key] of Object.entries(KEYS)) {
    if (!names.includes(name)) continue
    const about = `${key.about} [${key.env}, default: ${defaultInWords(key)}]`
    if ('flag' in key) command.addOption(new Option(key.flag, about).helpGroup('Settings:'))
    else byEnvironment.push(`  ${key.env}: ${key.about} [default: ${defaultInWords(key)}]`)
  }
  if (byEnvironment.length === 0) return command
  return command.addHelpText('after', ['\nBy the environment alone:', ...byEnvironment].join('\n'))
}
