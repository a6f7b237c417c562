import { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { Failure } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import { askFor, askForSecret, canAsk } from './ask.ts'
import { DEFAULT_PROFILE, type Profile, profilesFile, readProfiles, writeProfiles } from './profiles.ts'
import { runCommand, speakingWith } from './run-command.ts'
import { addressOf, type TargetOptions, targetOf, withServerOptions } from './target-options.ts'
import { printJson, printTable, tell } from './terminal.ts'

interface LoginOptions extends TargetOptions {
  readonly list?: boolean
  readonly remove?: string
  readonly withToken?: boolean
  readonly check: boolean
  readonly json?: boolean
}

export function loginCommand(): Command {
  return withServerOptions(new Command('login').description('Store a server and a client under a name'))
    .option('--with-token', 'ask for a token, instead of a client and its secret')
    .option('--no-check', 'store without asking the server')
    .option('--list', 'list what is stored, without secrets')
    .option('--remove <name>', 'remove what is stored under a name')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The secret comes from a question on the terminal, from standard input, or from MUSTER_CLIENT_SECRET.
Without --profile the name is "${DEFAULT_PROFILE}", which commands use if they name no server.

Examples:
  echo "$MUSTER_CLIENT_SECRET" | muster login --profile local --url "$MUSTER_URL" --client-id "$MUSTER_CLIENT_ID"
  muster login --list`,
    )
    .action((options: LoginOptions) => runCommand((signal) => login(options, signal)))
}

async function login(options: LoginOptions, signal: AbortSignal): Promise<void> {
  if (options.list === true) return list(options)
  if (options.remove !== undefined) return remove(options.remove, options)
  const name = options.profile ?? DEFAULT_PROFILE
  const profile = await profileOf(options)
  if (options.check) await checkProfile(profile, signal)
  await writeProfiles({ ...readProfiles(), [name]: profile })
  if (options.json === true) return printJson(shown(name, profile))
  tell(`Stored ${name}, for ${addressOf({}, profile).url}, in ${profilesFile()}.`)
  tell(`Try: muster connections${name === DEFAULT_PROFILE ? '' : ` --profile ${name}`}`)
}

async function profileOf(options: LoginOptions): Promise<Profile> {
  const address = await addressFor(options)
  // Refuses a wrong address before a secret is asked for.
  addressOf({}, address)
  const { audience, caFile } = options
  return { ...address, ...(await credentialsFor(options)), ...given({ audience, caFile }) }
}

async function addressFor({ url, domain }: LoginOptions): Promise<Pick<Profile, 'url' | 'domain'>> {
  if (url === undefined && domain === undefined && canAsk()) {
    const given = await askFor('URL of a Muster, or domain of a tenant of Auth0')
    return given.includes('://') ? { url: given } : { domain: given }
  }
  return given({ url, domain })
}

async function credentialsFor(options: LoginOptions): Promise<Profile> {
  if (options.token !== undefined) return { token: options.token }
  if (options.withToken === true) return { token: notEmpty(await askForSecret('Token'), 'token') }
  const clientId = options.clientId ?? (canAsk() ? await askFor('Client id') : '')
  if (clientId === '')
    throw new Failure('usage_invalid', 'No client is named. Give --client-id, or --with-token for a token.')
  const secret = options.clientSecret ?? (await askForSecret(`Secret of ${clientId}`))
  return { clientId, clientSecret: notEmpty(secret, 'secret') }
}

function notEmpty(text: string, what: string): string {
  if (text !== '') return text
  throw new Failure('usage_invalid', `The ${what} is empty. Type it at the question, or pipe it in.`)
}

/** Sends a request to the API, because a token may be valid for another audience only. */
async function checkProfile(profile: Profile, signal: AbortSignal): Promise<void> {
  await speakingWith(targetOf(profile), tell, (client) => isAnswered(client, signal))
}

async function isAnswered(client: Client, signal: AbortSignal): Promise<void> {
  try {
    await client.json({ path: 'connections', query: { per_page: 1 }, signal })
  } catch (error) {
    // The server knows the client, even if the client may not read connections.
    const isKnown = error instanceof Failure && error.members['errorCode'] === 'insufficient_scope'
    if (!isKnown) throw error
  }
}

async function list({ json }: LoginOptions): Promise<void> {
  const all = Object.entries(readProfiles()).map(([name, profile]) => shown(name, profile))
  if (json === true) return printJson(all)
  await printTable(
    ['name', 'server', 'signs in by'],
    all.map(({ name, server, client }) => [name, server, client === undefined ? 'a token' : client]),
  )
}

function shown(name: string, profile: Profile): { name: string; server: string; client?: string } {
  const { url, domain, clientId } = profile
  return given({ name, server: url ?? domain ?? '', client: clientId })
}

async function remove(name: string, { json }: LoginOptions): Promise<void> {
  const { [name]: removed, ...others } = readProfiles()
  if (removed === undefined)
    throw new Failure('usage_invalid', `There is no profile ${name}. See them with: muster login --list`)
  await writeProfiles(others)
  if (json === true) printJson(shown(name, removed))
  else tell(`Removed ${name} from ${profilesFile()}. The server still knows its client.`)
}
