import { expect } from 'vitest'
import {
  END_MS_MAX,
  EXPORTED,
  endOf,
  fileOf,
  IMPORTED,
  type Job,
  json,
  SHAPES,
  sha256Of,
  type World,
} from './killed-world.ts'

/** Fails if anything is not as it was acknowledged; gives the counts. */
export async function judge(world: World): Promise<string> {
  const { client, exports, imports, deleted, aged } = world
  // A worker begins with a sweep.
  await (world.running.kills['worker'] ?? world.running.kills['serve'])?.()
  const live = (ids: Iterable<string>): string[] => [...ids].filter((id) => !deleted.has(id) && !aged.has(id))
  const ended = new Map<string, Job>()
  for (const id of live([...exports.keys(), ...imports.keys()])) ended.set(id, await endOf(client, id))
  for (const job of ended.values())
    if (job['status'] === 'failed')
      expect(job['status_details'], JSON.stringify(job)).toMatch(/^(?!Internal error).{20}/)
  for (const id of live(exports.keys())) await judgeExport(world, id, ended.get(id) ?? {})
  await judgeGone(world, ended)
  await judgeUsers(world, ended)
  await judgeReceipts(world, ended)
  const counted = (status: string): number =>
    [...ended.values()].filter((job) => job['status'] === status).length
  expect(counted('completed')).toBeGreaterThan(0)
  return (
    `${exports.size} exports and ${imports.size} imports, of which ${counted('completed')} completed, ` +
    `${counted('failed')} failed, ${deleted.size} deleted, ${aged.size} expired; ${world.created.size} users created` +
    reasonsOf([...ended.values()])
  )
}

/** Of the failed jobs, each with its count. */
function reasonsOf(jobs: readonly Job[]): string {
  const counts = new Map<string, number>()
  for (const job of jobs) {
    if (job['status'] !== 'failed') continue
    const reason = String(job['status_details'])
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts].map(([reason, count]) => `\n  ${count} failed: ${reason}`).join('')
}

async function judgeExport({ client, right, exports }: World, id: string, job: Job): Promise<void> {
  if (job['status'] === 'failed') return
  const file = await fileOf(client, await endOf(client, id))
  expect(file.text === right[exports.get(id) ?? -1], `the file of ${id} is right`).toBe(true)
  const receipt = await client.until('GET', `/api/v2/jobs/${id}/receipt`)
  expect(claimsOf(String(receipt.body))).toMatchObject({ sha256: file.sha256, users: EXPORTED })
}

/** Of what was deleted or has expired nothing stays, and no users file of an import that was not given up. */
async function judgeGone(world: World, ended: ReadonlyMap<string, Job>): Promise<void> {
  const { running: at, client, exports, deleted, aged } = world
  for (const id of deleted) expect((await client.until('GET', `/api/v2/jobs/${id}`)).status).toBe(404)
  for (const id of aged)
    if (!deleted.has(id))
      expect((await client.until('GET', `/api/v2/jobs/${id}`)).body).toMatchObject({ status: 'expired' })
  const isLeft = (name: string): boolean => {
    const id = /job_\w+/.exec(name)?.[0] ?? ''
    const status = ended.get(id)?.['status']
    return !(status === 'failed' || (status === 'completed' && exports.has(id)))
  }
  const left = async (): Promise<readonly string[]> => (await at.files()).filter(isLeft)
  await expect.poll(left, { timeout: END_MS_MAX, interval: 500 }).toEqual([])
}

/** Users that were acknowledged are there, and a batch of an import is stored once. */
async function judgeUsers(world: World, ended: ReadonlyMap<string, Job>): Promise<void> {
  const { client, busy, imports, created } = world
  const body = { connection_id: busy.id, ...SHAPES[1] }
  const order = await client.until('POST', '/api/v2/jobs/users-exports', json(body))
  const id = (order.body as { id: string }).id
  const { text } = await fileOf(client, await endOf(client, id))
  world.exports.set(id, -1)
  const emails = text.match(/n[\d-]+@example\.com/g) ?? []
  expect(new Set(emails).size).toBe(emails.length)
  const there = new Set(emails)
  expect([...created].filter((email) => !there.has(email))).toEqual([])
  const stored = new Map<string, number>()
  for (const email of emails) {
    const name = email.split(/[-@]/)[0] ?? ''
    stored.set(name, (stored.get(name) ?? 0) + 1)
  }
  for (const [job, name] of imports) {
    const end = ended.get(job)
    if (end === undefined) continue
    const summary = { failed: 1, updated: 0, inserted: IMPORTED, total: IMPORTED + 1 }
    if (end['status'] === 'completed') expect(end['summary'], JSON.stringify(end)).toEqual(summary)
    const { inserted = 0 } = (end['summary'] ?? {}) as { inserted?: number }
    expect(stored.get(name) ?? 0, JSON.stringify(end)).toBe(inserted)
  }
}

/** The receipts of all exports that have completed form one chain. */
async function judgeReceipts({ client, exports }: World, ended: ReadonlyMap<string, Job>): Promise<void> {
  const receipts: string[] = []
  for (const id of exports.keys()) {
    const { status, body } = await client.until('GET', `/api/v2/jobs/${id}/receipt`)
    if (ended.get(id)?.['status'] === 'completed') expect(status).toBe(200)
    if (ended.get(id)?.['status'] === 'failed') expect(status).toBe(404)
    if (status === 200) receipts.push(String(body))
  }
  receipts.sort((one, other) => Number(claimsOf(one)['position']) - Number(claimsOf(other)['position']))
  expect(receipts.map((receipt) => claimsOf(receipt)['position'])).toEqual(receipts.map((_, at) => at + 1))
  expect(receipts.map((receipt) => claimsOf(receipt)['previous'])).toEqual([
    null,
    ...receipts.slice(0, -1).map(sha256Of),
  ])
}

function claimsOf(receipt: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString())
}
