import { Command, Option } from 'commander'
import { defaultInWords, KEYS } from '../config.ts'
import { examples } from './options.ts'

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
  return [serve(), worker(), migrate(), rotateKeys()].map((command) =>
    command.option('--json', 'print JSON instead of sentences'),
  )
}

function serve(): Command {
  const command = new Command('serve')
    .description('Answer requests and run jobs')
    .option('--no-jobs', 'answer requests only; "muster worker" runs the jobs')
  return withSettings(command, Object.keys(KEYS))
    .addHelpText('after', examples('serve', 'serve --port 8080 --data-dir /var/lib/muster'))
    .action(async (options) => (await import('./serve.ts')).serve(options))
}

function worker(): Command {
  const command = new Command('worker').description('Run jobs only; "muster serve" answers requests')
  const names = Object.keys(KEYS).filter((name) => !OF_REQUESTS.has(name))
  return withSettings(command, names)
    .addHelpText(
      'after',
      examples(
        'worker --database-url postgres://db/muster',
        'worker --database-url postgres://db/muster --json',
      ),
    )
    .action(async (options) => (await import('./worker.ts')).worker(options))
}

function migrate(): Command {
  const command = new Command('migrate').description("Bring the database's schema up to date and end")
  return withSettings(command, OF_DATABASE)
    .addHelpText('after', examples('migrate', 'migrate --database-url postgres://db/muster'))
    .action(async (options) => (await import('./migrate.ts')).migrate(options))
}

function rotateKeys(): Command {
  const command = new Command('rotate-keys').description(
    'Make a new key for tokens and receipts; those of the old keys stay valid',
  )
  return withSettings(command, OF_DATABASE)
    .addHelpText('after', examples('rotate-keys', 'rotate-keys --database-url postgres://db/muster'))
    .action(async (options) => (await import('./rotate-keys.ts')).rotateKeysNow(options))
}

/** `names` are the settings that the help of the command shows. Those without a flag come only from the environment. */
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
