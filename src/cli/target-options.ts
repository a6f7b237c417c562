import { type Command, Option } from 'commander'
import { audienceOf, type Credentials, type Target } from '../client/target.ts'
import { Failure } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import { type Profile, readProfile } from './profiles.ts'

export interface TargetOptions extends Profile {
  /** The name of a stored profile. */
  readonly profile?: string
}

/** The heading in the help of a command. */
export const SERVER_OPTIONS = 'Which server:'

/** Like `withServerOptions`, but a typed server takes the place of one from a variable. */
export function withTarget(command: Command): Command {
  return withServerOptions(command).hook('preAction', (_, running) => preferTyped(running))
}

export function withServerOptions(command: Command): Command {
  const options = [
    new Option('--url <url>', 'a Muster, such as http://localhost:8080').env('MUSTER_URL'),
    new Option('--domain <domain>', 'a tenant of Auth0, such as tenant.auth0.com').env('AUTH0_DOMAIN'),
    new Option('--client-id <id>', 'the client').env('MUSTER_CLIENT_ID'),
    new Option(
      '--client-secret <secret>',
      'its secret; other users of this machine may see options, so prefer the variable',
    ).env('MUSTER_CLIENT_SECRET'),
    new Option('--token <token>', 'a token instead of a client').env('MUSTER_TOKEN'),
    new Option('--audience <audience>', 'of the token, if it is not {url}/api/v2/').env('MUSTER_AUDIENCE'),
    new Option('--ca-file <file>', 'PEM file of a certificate authority to trust').env('MUSTER_CA_FILE'),
    new Option('--profile <name>', 'what "muster login" has stored under this name').env('MUSTER_PROFILE'),
  ]
  for (const option of options) command.addOption(option.helpGroup(SERVER_OPTIONS))
  return command
}

const ADDRESSES = ['url', 'domain', 'profile'] as const
const CREDENTIALS = ['clientId', 'clientSecret', 'token', 'audience'] as const

/**
 * A server that is typed takes the place of the one that variables name. With a typed profile no variable changes who
 * signs in there: a secret belongs to one server.
 */
function preferTyped(command: Command): void {
  const isFrom = (name: string, source: string): boolean => command.getOptionValueSource(name) === source
  if (!ADDRESSES.some((name) => isFrom(name, 'cli'))) return
  const dropped = isFrom('profile', 'cli') ? [...ADDRESSES, ...CREDENTIALS] : ADDRESSES
  for (const name of dropped) if (isFrom(name, 'env')) command.setOptionValue(name, undefined)
}

/**
 * The target that the options name. What they leave out comes from the profile. Fails with `usage_invalid` if no
 * server or no credentials are named.
 */
export function targetOf(options: TargetOptions, profileName = options.profile): Target {
  const isNamed = options.url !== undefined || options.domain !== undefined
  // A secret belongs to one server, so a server named here never gets the secret of another one.
  const profile: Profile = isNamed && profileName === undefined ? {} : readProfile(profileName)
  const { url, kind } = addressOf(options, profile)
  const audience = options.audience ?? profile.audience ?? audienceOf(url)
  const caFile = options.caFile ?? profile.caFile
  return given({ kind, url, audience, credentials: credentialsOf(options, profile), caFile })
}

/** Fails with `usage_invalid` if none is named, or more than one. */
export function addressOf(options: TargetOptions, profile: Profile = {}): Pick<Target, 'url' | 'kind'> {
  const domains = [options.domain, profile.domain].filter((domain) => domain !== undefined)
  const urls = [options.url, profile.url].filter((url) => url !== undefined)
  const [domain, url] = [domains[0], urls[0]]
  if (domains.length + urls.length > 1)
    throw new Failure(
      'usage_invalid',
      `Two servers are named: ${[...urls, ...domains].join(' and ')}. Give only one of --url, --domain and --profile (or MUSTER_URL, AUTH0_DOMAIN and MUSTER_PROFILE).`,
    )
  if (domain !== undefined)
    return { kind: 'auth0', url: originOf(`https://${domain.replace(/^https:\/\//, '')}`, '--domain') }
  if (url !== undefined) return { kind: 'muster', url: originOf(url, '--url') }
  throw new Failure(
    'usage_invalid',
    'No server is named. Give --url, --domain or --profile, or store one with: muster login',
  )
}

function originOf(text: string, option: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isOrigin =
    url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === ''
  if (isOrigin) return url.origin
  throw new Failure(
    'usage_invalid',
    `${option} expects ${option === '--url' ? 'an address without a path, such as https://muster.example.com' : 'a host name, such as tenant.auth0.com'}; came: ${text}`,
  )
}

function credentialsOf(options: TargetOptions, profile: Profile): Credentials {
  if (options.token !== undefined) return { kind: 'token', token: options.token }
  const id = options.clientId ?? profile.clientId
  const secret = options.clientSecret ?? (options.clientId === undefined ? profile.clientSecret : undefined)
  if (id !== undefined && secret !== undefined) return { kind: 'client', id, secret }
  if (profile.token !== undefined && options.clientId === undefined)
    return { kind: 'token', token: profile.token }
  throw new Failure(
    'usage_invalid',
    `${id === undefined ? 'No client is named' : `The secret of the client ${id} is missing`}. Set MUSTER_CLIENT_ID and MUSTER_CLIENT_SECRET, or MUSTER_TOKEN, or store them with: muster login`,
  )
}
