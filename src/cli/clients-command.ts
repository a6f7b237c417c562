import { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { entriesOf, firstOf } from '../client/pages.ts'
import { examples, listOption, needYes } from './options.ts'
import { withClient } from './run-command.ts'
import { type TargetOptions, withTarget } from './target-options.ts'
import { print, printJson, printMembers, printTable, tell } from './terminal.ts'

interface KnownClient {
  readonly client_id: string
  readonly name: string
  readonly app_type?: string
  readonly client_secret?: string
}

interface Grant {
  readonly id: string
  readonly client_id: string
  readonly scope: readonly string[]
}

interface ClientsOptions extends TargetOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly yes?: boolean
  readonly scope?: readonly string[]
}

export function clientsCommand(): Command {
  const clients = new Command('clients').description(
    'List, create, rotate, grant and delete clients of the API',
  )
  for (const command of [list(), create(), rotate(), grant(), remove()]) clients.addCommand(command)
  return clients.addHelpText('after', examples('clients list', 'clients create Nightly --scope read:users'))
}

function list(): Command {
  return withTarget(new Command('list').description('List clients, and what they may do with this API'))
    .option('--json', 'print JSON')
    .addHelpText('after', examples('clients list', 'clients list --json'))
    .action((options: ClientsOptions) =>
      withClient(options, async (client, signal) => {
        const clients = await firstOf(
          entriesOf<KnownClient>(client, { path: 'clients', member: 'clients', signal }),
        )
        const scopes = new Map(
          (await grantsOf(client, undefined, signal)).map((each) => [each.client_id, each.scope]),
        )
        const shown = clients.map(({ client_id, name, app_type }) => ({
          client_id,
          name,
          app_type,
          scope: scopes.get(client_id) ?? [],
        }))
        if (options.json === true) return printJson(shown)
        await printTable(
          ['client id', 'name', 'scopes'],
          shown.map(({ client_id, name, scope }) => [client_id, name, fewOf(scope)]),
        )
      }),
    )
}

const NAMED_MAX = 3

function fewOf(scopes: readonly string[]): string {
  const more = scopes.length - NAMED_MAX
  return [...scopes.slice(0, NAMED_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join(' ')
}

function grantsOf(
  client: Client,
  clientId: string | undefined,
  signal: AbortSignal,
): Promise<readonly Grant[]> {
  const query = { audience: client.target.audience, client_id: clientId }
  return firstOf(entriesOf<Grant>(client, { path: 'client-grants', member: 'client_grants', query, signal }))
}

function create(): Command {
  return withTarget(new Command('create').description('Create a client, and print its secret this once'))
    .argument('<name>', 'a name for people')
    .addOption(listOption('--scope <scopes>', 'what the client may do, such as read:users'))
    .option('--quiet', 'print the secret alone')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'clients create Nightly --scope read:users',
        'clients create Mover --scope read:users,create:users --json',
      ),
    )
    .action((name: string, options: ClientsOptions) =>
      withClient(options, async (client, signal) => {
        const made = await client.json<KnownClient>({
          method: 'POST',
          path: 'clients',
          json: { name, app_type: 'non_interactive', grant_types: ['client_credentials'] },
          signal,
        })
        // Printed first: if the grant is refused, the secret is known all the same.
        const { scope = [] } = options
        printSecret(made, options, scope)
        if (scope.length > 0) await addGrant(client, made.client_id, { scope, signal })
      }),
    )
}

function printSecret(
  { client_id, name, client_secret = '' }: KnownClient,
  { json, quiet }: ClientsOptions,
  scope?: readonly string[],
): void {
  const shown = { client_id, name, client_secret, ...(scope === undefined ? {} : { scope }) }
  if (quiet === true) print(client_secret)
  else if (json === true) printJson(shown)
  else {
    printMembers({ ...shown, ...(scope === undefined ? {} : { scope: scope.join(' ') }) })
    tell('The server does not show this secret again.')
  }
}

function rotate(): Command {
  return withTarget(new Command('rotate').description('Give a client a new secret; the old one ends at once'))
    .argument('<client>', 'the client id')
    .option('--yes', 'do it')
    .option('--quiet', 'print the secret alone')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('clients rotate CLIENT --yes', 'clients rotate CLIENT --yes --quiet'))
    .action((id: string, options: ClientsOptions) =>
      withClient(options, async (client, signal) => {
        const { name } = await found(client, id, signal)
        needYes(
          options.yes,
          `This ends the secret of ${name} (${id}) at once. Its tokens stay valid until they expire.`,
        )
        const rotated = await client.json<KnownClient>({
          method: 'POST',
          path: `${pathOf(id)}/rotate-secret`,
          signal,
        })
        printSecret(rotated, options)
      }),
    )
}

function pathOf(id: string): string {
  return `clients/${encodeURIComponent(id)}`
}

function found(client: Client, id: string, signal: AbortSignal): Promise<KnownClient> {
  return client.json<KnownClient>({ path: pathOf(id), signal })
}

function grant(): Command {
  return withTarget(new Command('grant').description('Let a client do more with this API'))
    .argument('<client>', 'the client id')
    .addOption(listOption('--scope <scopes>', 'what it may do besides').makeOptionMandatory())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'clients grant CLIENT --scope read:users',
        'clients grant CLIENT --scope read:users,create:users --json',
      ),
    )
    .action((id: string, options: ClientsOptions) =>
      withClient(options, async (client, signal) => {
        const { scope = [] } = options
        const granted = await addGrant(client, id, { scope, signal })
        if (options.json === true) printJson({ client_id: id, scope: granted.scope })
        else tell(`${id} may now do: ${granted.scope.join(' ')}`)
      }),
    )
}

/** A client has one grant for an API, so more scopes are added to the grant that is there. */
async function addGrant(
  client: Client,
  clientId: string,
  { scope, signal }: { readonly scope: readonly string[]; readonly signal: AbortSignal },
): Promise<Grant> {
  const [before] = await grantsOf(client, clientId, signal)
  const { audience } = client.target
  if (before === undefined)
    return client.json<Grant>({
      method: 'POST',
      path: 'client-grants',
      json: { client_id: clientId, audience, scope },
      signal,
    })
  return client.json<Grant>({
    method: 'PATCH',
    path: `client-grants/${encodeURIComponent(before.id)}`,
    json: { scope: [...new Set([...before.scope, ...scope])] },
    signal,
  })
}

function remove(): Command {
  return withTarget(new Command('delete').description('Delete a client and its grants'))
    .argument('<client>', 'the client id')
    .option('--yes', 'do it')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('clients delete CLIENT --yes', 'clients delete CLIENT --yes --json'))
    .action((id: string, options: ClientsOptions) =>
      withClient(options, async (client, signal) => {
        const { name } = await found(client, id, signal)
        needYes(
          options.yes,
          `This deletes ${name} (${id}) and its grants. Its tokens stay valid until they expire.`,
        )
        await client.json({ method: 'DELETE', path: pathOf(id), signal })
        if (options.json === true) printJson({ client_id: id, name })
        else tell(`Deleted ${name} (${id}).`)
      }),
    )
}
