import type { Api } from '../acceptance/harness.ts'

/** A client that may do only what these scopes allow. */
export async function newClient(
  api: Api,
  url: string,
  scope: readonly string[],
): Promise<{ readonly id: string; readonly secret: string }> {
  const made = await answer(await api.post('clients', { name: scope.join(' '), app_type: 'non_interactive' }))
  const { client_id: id, client_secret: secret } = made as { client_id: string; client_secret: string }
  await answer(await api.post('client-grants', { client_id: id, audience: `${url}/api/v2/`, scope }))
  return { id, secret }
}

export async function connectionId(api: Api, name: string): Promise<string> {
  const found = (await answer(await api.get(`connections?name=${encodeURIComponent(name)}`))) as {
    id: string
  }[]
  const [connection] = found
  if (connection !== undefined) return connection.id
  const made = (await answer(await api.post('connections', { name, strategy: 'auth0' }))) as { id: string }
  return made.id
}

/** Profiles of any kind: what `preserve` takes. */
export async function importUsers(
  api: Api,
  url: string,
  connection: string,
  users: readonly object[],
): Promise<void> {
  const response = await fetch(`${url}/api/v2/jobs/users-imports?connection_id=${connection}&preserve=true`, {
    method: 'POST',
    headers: { ...api.headers, 'content-type': 'application/x-ndjson' },
    body: users.map((user) => `${JSON.stringify(user)}\n`).join(''),
  })
  const { id } = (await answer(response)) as { id: string }
  const job = await api.job(id, 'completed', 'failed')
  const { failed } = (job['summary'] ?? {}) as { failed?: number }
  if (job['status'] !== 'completed' || failed !== 0) throw new Error(JSON.stringify(job))
}

async function answer(response: Response): Promise<unknown> {
  const body: unknown = await response.json()
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${JSON.stringify(body)}`)
  return body
}
