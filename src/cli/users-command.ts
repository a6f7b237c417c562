import { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { firstOf } from '../client/pages.ts'
import { Failure } from '../domain/failure.ts'
import { countOption, examples } from './options.ts'
import { withClient } from './run-command.ts'
import { type TargetOptions, withTarget } from './target-options.ts'
import { printJson, printMembers, printTable } from './terminal.ts'

interface User {
  readonly user_id: string
  readonly email?: string
  readonly name?: string
  readonly last_login?: string
  readonly identities?: readonly { readonly connection: string }[]
}

interface UsersOptions extends TargetOptions {
  readonly json?: boolean
  readonly sort?: string
  readonly connection?: string
  readonly limit?: number
}

export function usersCommand(): Command {
  const users = new Command('users').description('Search users, and show one')
  for (const command of [search(), show()]) users.addCommand(command)
  return users.addHelpText('after', examples("users search 'email:*@example.com'", 'users show USER'))
}

// Both servers end a search after its first 1,000 users.
const FOUND_MAX = 1000
const PAGE = 100

function search(): Command {
  return withTarget(new Command('search').description('Find users by a query (docs/filter.md)'))
    .argument('[query]', 'such as email:*@example.com; all users without one')
    .option('--connection <name>', 'only users of the connection of this name')
    .option('--sort <attribute:1>', 'such as created_at:-1')
    .addOption(
      countOption('--limit <users>', 'at most so many; for more, use "muster export"', FOUND_MAX).default(50),
    )
    .option('--json', 'print JSON, with all attributes')
    .addHelpText(
      'after',
      examples("users search 'email:*@example.com' --limit 10", 'users search --sort created_at:-1 --json'),
    )
    .action((query: string | undefined, options: UsersOptions) =>
      withClient(options, async (client, signal) => {
        const users = await firstOf(found(client, query, options, signal), options.limit)
        if (options.json === true) return printJson(users)
        await printTable(
          ['user_id', 'email', 'name', 'connection', 'last login'],
          users.map((user) => [
            user.user_id,
            user.email,
            user.name,
            user.identities?.[0]?.connection,
            user.last_login,
          ]),
        )
      }),
    )
}

/** By pages with numbers, which both servers have. */
async function* found(
  client: Client,
  q: string | undefined,
  { sort, connection }: UsersOptions,
  signal: AbortSignal,
): AsyncGenerator<User> {
  for (let page = 0; page * PAGE < FOUND_MAX; page++) {
    const users = await client.json<readonly User[]>({
      path: 'users',
      query: { q, sort, connection, page, per_page: PAGE, search_engine: 'v3' },
      signal,
    })
    yield* users
    if (users.length < PAGE) return
  }
}

function show(): Command {
  return withTarget(new Command('show').description('Show a user'))
    .argument('<user>', 'the user_id, such as auth0|…; or the e-mail address, of all users who have it')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('users show USER', 'users show ada@example.com --json'))
    .action((user: string, options: UsersOptions) =>
      withClient(options, async (client, signal) => {
        const users = await named(client, user, signal)
        if (options.json === true) return printJson(users.length === 1 ? users[0] : users)
        for (const each of users) printMembers(each)
      }),
    )
}

/** An e-mail address is in no user_id of Auth0 or Muster without the provider and `|` in front. */
async function named(client: Client, user: string, signal: AbortSignal): Promise<readonly User[]> {
  if (!isAddress(user))
    return [await client.json<User>({ path: `users/${encodeURIComponent(user)}`, signal })]
  const users = await client.json<readonly User[]>({
    path: 'users-by-email',
    query: { email: user },
    signal,
  })
  if (users.length > 0) return users
  throw new Failure('server_refused', `There is no user with the e-mail address ${user}.`)
}

function isAddress(user: string): boolean {
  return user.includes('@') && !user.includes('|')
}
