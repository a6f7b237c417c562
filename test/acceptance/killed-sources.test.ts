import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { discard, emptyOn, HAS_POSTGRES, type Server, startServer } from './harness.ts'
import { type Ended, newWorld, type OtherSource, startSources, type World } from './killed-sources-world.ts'

// CONTRIBUTING.md has the long run. MUSTER_KILL_SEED draws the rounds of another run again.
const ROUNDS = Number(process.env['MUSTER_KILL_ROUNDS'] ?? 3)
const SEED = Number(process.env['MUSTER_KILL_SEED'] ?? Math.floor(Math.random() * 1e9))
const TEST_MS_MAX = 120_000 + ROUNDS * 20_000

interface Round {
  readonly victim: number
  readonly format: 'csv' | 'json'
  /** When the kill comes: percent of the time that an export of all users takes. */
  readonly at: number
}

const round: fc.Arbitrary<Round> = fc.record({
  victim: fc.nat(2),
  format: fc.constantFrom('csv', 'json'),
  at: fc.nat(110),
})

// A server that starts again at once may still recover at the first new try, and is there at the last.
const ENV = { MUSTER_RETRY_PAUSES: '0,1', MUSTER_RATE_LIMIT: 'off' }

let server: Server | undefined
let sources: readonly OtherSource[] = []
afterEach(async () => {
  await discard(server)
  await Promise.all(sources.map(({ postgres }) => postgres.stop()))
})

test.runIf(HAS_POSTGRES)(
  'P42 an export from three servers, one of which is killed in the middle, fails by the name of its source or has a whole file, and other exports have whole files',
  async () => {
    sources = await startSources()
    const env = Object.assign({}, ENV, ...sources.map((source) => source.env))
    server = await startServer({ ...(await emptyOn('postgres')), env })
    try {
      const world = await newWorld(server, sources)
      const { milliseconds } = await whole(world, 'all', 'json')
      const tally = { whole: 0, 'whole at a new try': 0, 'failed by name': 0, 'others, whole': 0 }
      const rounds = fc.sample(round, { seed: SEED, numRuns: ROUNDS, unbiased: true })
      for (const [index, { at, ...drawn }] of rounds.entries()) {
        const afterMs = (milliseconds * at) / 100
        const { hit, others } = await play(world, { ...drawn, afterMs, staysDown: index % 2 === 0 })
        for (const { status, wasTriedAgain } of hit)
          tally[status === 'failed' ? 'failed by name' : wasTriedAgain ? 'whole at a new try' : 'whole']++
        tally['others, whole'] += others
      }
      if (process.env['MUSTER_KILL_ROUNDS'] !== undefined)
        process.stderr.write(`three servers, seed ${SEED}, ${ROUNDS} rounds: ${JSON.stringify(tally)}\n`)
    } catch (error) {
      const said = server.output().slice(-2000)
      throw new Error(`MUSTER_KILL_SEED=${SEED} ${String(error)}\n${said}`, { cause: error })
    }
  },
  TEST_MS_MAX,
)

interface Kill extends Omit<Round, 'at'> {
  readonly afterMs: number
  /** Else it starts again at once, so that a job that is tried again finds it. */
  readonly staysDown: boolean
}

/** The jobs that the kill hits, and how many exports ran while the server was down. */
async function play(
  world: World,
  { victim, format, afterMs, staysDown }: Kill,
): Promise<{ readonly hit: readonly Ended[]; readonly others: number }> {
  const killed = sources[victim] as OtherSource
  const begun = await Promise.all(['all', killed.name].map((whose) => world.begin(whose, format)))
  // The kill is to come at a random time, not at a condition.
  await new Promise((later) => setTimeout(later, afterMs))
  const ends = Promise.all(begun.map(world.endOf))
  let others = 0
  await killed.postgres.crash(async () => {
    if (!staysDown) return
    others = await othersGoOn(world, killed)
    await ends
  })
  const hit = await ends
  for (const { status, details } of hit)
    expect(status === 'failed' ? details : 'whole').toMatch(
      new RegExp(`^whole$|^The source ${killed.name}: `),
    )
  // The server is there again, and so are its users.
  await whole(world, 'all', format)
  await expect.poll(world.readiness).toEqual([200, { reachable: 3, unavailable: 0, unusable: 0 }])
  return { hit, others }
}

/** Readiness and the list of connections show the source that is down. Exports of other users have whole files. */
async function othersGoOn(world: World, down: OtherSource): Promise<number> {
  await expect.poll(world.readiness).toEqual([200, { reachable: 2, unavailable: 1, unusable: 0 }])
  expect(await world.stateOf(down.name)).toBe('unavailable')
  const others = ['own', ...sources.filter((source) => source !== down).map(({ name }) => name)]
  await Promise.all(others.map((whose) => whole(world, whose, 'csv')))
  return others.length
}

async function whole(world: World, whose: string, format: Round['format']): Promise<Ended> {
  const ended = await world.endOf(await world.begin(whose, format))
  expect(ended).toMatchObject({ status: 'completed' })
  return ended
}
