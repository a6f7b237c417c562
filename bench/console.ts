import type { Bench } from './bench.ts'
import { median, pairedRatio, rounded } from './figures.ts'
import { ask, besideExports, type Latency, middleOf } from './live.ts'
import { CSV_FIELDS } from './rivals.ts'

const ROUNDS = 7
const SECONDS_A_ROUND = 12

export interface ReadResult {
  readonly name: string
  readonly medianSeconds: number
  readonly slowestSeconds: number
  /** What the answer said of itself, such as `estimate`; `503` if the time was over. */
  readonly answer: string
}

export interface ConsoleResult {
  readonly users: number
  readonly reads: readonly ReadResult[]
  readonly besideReads: Latency
  readonly besideExports: Latency
  /** p99 of GET user during the reads, divided by that during exports. */
  readonly p99Ratio: number
}

interface Read {
  readonly name: string
  readonly path: string
  readonly body?: object
}

const post = (what: 'count' | 'preview', name: string, body: object): Read => ({
  name: `${what}, ${name}`,
  path: `jobs/users-exports/${what}`,
  body,
})

const FIELDS = { fields: CSV_FIELDS }
const READS: readonly Read[] = [
  { name: 'fields', path: 'user-fields' },
  { name: 'fields, with a query', path: 'user-fields?q=email_verified:true' },
  post('count', 'all users', {}),
  post('count', 'a domain', { q: 'email.domain:example.com' }),
  post('count', 'metadata', { q: 'user_metadata.consent.given:true' }),
  post('preview', 'all users', FIELDS),
  post('preview', 'sorted by an index', { ...FIELDS, sort: 'last_login:-1' }),
  post('preview', 'sorted without an index', { ...FIELDS, sort: 'logins_count:-1' }),
  post('preview', 'metadata', { ...FIELDS, q: 'user_metadata.consent.given:true' }),
  post('preview', 'discovered columns', { ...FIELDS, metadata_columns: 'discover' }),
]

/** How long the console waits for what it shows before an export, and what that costs other requests. */
export async function consoleReads(bench: Bench): Promise<ConsoleResult> {
  const reads: ReadResult[] = []
  for (const read of READS) reads.push(await timesOf(bench, read))
  const [user] = (await bench.muster.json('users?per_page=1')) as unknown as { user_id: string }[]
  const path = `users/${encodeURIComponent(user?.user_id ?? '')}`
  await ask(bench, path, 3)
  const besides: { reads: Latency[]; exports: Latency[] } = { reads: [], exports: [] }
  for (let round = 1; round <= bench.pairs; round++) {
    besides.exports.push(await besideExports(bench, () => ask(bench, path, SECONDS_A_ROUND)))
    besides.reads.push(await besideReads(bench, () => ask(bench, path, SECONDS_A_ROUND)))
    bench.say(`console round ${round} of ${bench.pairs}`)
  }
  const p99 = (all: readonly Latency[]): number[] => all.map(({ p99Ms }) => p99Ms)
  return {
    users: bench.users,
    reads,
    besideReads: middleOf(besides.reads),
    besideExports: middleOf(besides.exports),
    p99Ratio: rounded(pairedRatio(p99(besides.reads), p99(besides.exports))),
  }
}

async function timesOf(bench: Bench, read: Read): Promise<ReadResult> {
  const seconds: number[] = []
  const answers = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now()
    answers.add(await answerOf(bench, read))
    seconds.push((performance.now() - started) / 1000)
  }
  const result = {
    name: read.name,
    medianSeconds: rounded(median(seconds)),
    slowestSeconds: rounded(Math.max(...seconds)),
    answer: [...answers].join(', '),
  }
  bench.say(
    `${result.name}: ${result.medianSeconds} s, ${result.slowestSeconds} s at the most (${result.answer})`,
  )
  return result
}

// Not by the client, which would send a request again that gets 503.
async function answerOf({ muster }: Bench, { path, body }: Read): Promise<string> {
  const response = await fetch(`${muster.url}/api/v2/${path}`, {
    headers: { ...muster.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as { is_estimate?: boolean; is_sample?: boolean }
  if (response.status === 503) return '503'
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`)
  if (answer.is_sample === true) return 'sample'
  return answer.is_estimate === true ? 'estimate' : 'exact'
}

/** One after another without a pause, as by a person who types faster than the answers come. */
async function besideReads<T>(bench: Bench, work: () => Promise<T>): Promise<T> {
  let isOver = false
  const reading = (async () => {
    while (!isOver) for (const read of READS) if (!isOver) await answerOf(bench, read)
  })()
  const done = await work()
  isOver = true
  await reading
  return done
}
