import { startPostgres } from '../test/fixtures/postgres-server.ts'
import { type Muster, startMuster } from './muster.ts'

// node --import ./test/fixtures/typescript-loader.js bench/numbers.ts [USERS], after npm run build: measures two imports of
// NDJSON in turns. In one, each user has a number with more digits than a JavaScript number holds.

const USERS = Number(process.argv[2] ?? 100_000)
const ROUNDS = 5

function fileOf(round: string, points: (n: number) => string): string {
  let file = ''
  for (let n = 0; n < USERS; n++) {
    const metadata = `{"plan":"premium","roles":["admin","editor"],"ratio":0.${(n % 899) + 101},"account":${points(n)}}`
    const notes = 'Prefers to be written to rather than called, and reads in the evening. '.repeat(6)
    file += `{"email":"user${n}-${round}@example.com","given_name":"Jane","family_name":"Doe ${n}","user_metadata":{"notes":"${notes}","theme":"dark"},"app_metadata":${metadata}}\n`
  }
  return file
}

async function seconds(muster: Muster, connection: string, file: string): Promise<number> {
  const started = performance.now()
  const response = await fetch(`${muster.url}/api/v2/jobs/users-imports?connection_id=${connection}`, {
    method: 'POST',
    headers: { ...muster.headers, 'content-type': 'application/x-ndjson' },
    body: file,
  })
  const job = await muster.wait((await response.json()) as Record<string, unknown>)
  const { inserted } = job['summary'] as { inserted: number }
  if (inserted !== USERS) throw new Error(`the import took ${inserted} users of ${USERS}`)
  return (performance.now() - started) / 1000
}

const WAYS = {
  plain: (n: number) => String(100_000_000_000_000 + n),
  exact: (n: number) => `17841461234${String(n).padStart(6, '0')}`,
}

const server = await startPostgres()
const muster = await startMuster(server.url)
try {
  const [connection] = (await muster.json('connections')) as unknown as { id: string }[]
  const taken = { plain: [] as number[], exact: [] as number[] }
  for (let round = 0; round <= ROUNDS; round++)
    for (const way of ['plain', 'exact'] as const) {
      const took = await seconds(muster, connection?.id ?? '', fileOf(`${way}${round}`, WAYS[way]))
      if (round > 0) taken[way].push(took)
    }
  const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0
  for (const [way, figures] of Object.entries(taken))
    process.stdout.write(`${way}: ${((median(figures) / USERS) * 1e6).toFixed(1)} µs a user\n`)
} finally {
  await muster.stop()
  await server.stop()
}
