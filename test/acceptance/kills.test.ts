import fc from 'fast-check'
import { afterEach, describe, inject, test } from 'vitest'
import { HAS_POSTGRES } from './harness.ts'
import { judge } from './judge-world.ts'
import { ACTS, type Act } from './kill-acts.ts'
import { type Killable, startEmbedded, startOnBucket, startOnFolder } from './killable.ts'
import { later, newWorld, type World } from './killed-world.ts'

// Of each place. CONTRIBUTING.md has the long run. MUSTER_KILL_SEED draws the rounds of another run again.
const ROUNDS = Number(process.env['MUSTER_KILL_ROUNDS'] ?? 4)
const SEED = Number(process.env['MUSTER_KILL_SEED'] ?? Math.floor(Math.random() * 1e9))
const TEST_MS_MAX = 120_000 + ROUNDS * 20_000

interface Round {
  readonly acts: readonly Act[]
  readonly kill: number
  /** Else once one of them is answered, so that jobs are under way. */
  readonly isWithRequests: boolean
  readonly afterMs: number
}

const kind = (name: Act['kind'], weight: number) => ({ weight, arbitrary: fc.constant(name) })
const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.oneof(
    ...[kind('export', 4), kind('import', 3), kind('create', 1), kind('delete', 1), kind('expire', 1)],
  ),
  pick: fc.nat(),
})
const round: fc.Arbitrary<Round> = fc.record({
  acts: fc.array(act, { minLength: 3, maxLength: 6 }),
  kill: fc.nat(),
  isWithRequests: fc.boolean(),
  afterMs: fc.nat(600),
})

let running: Killable | undefined
afterEach(() => running?.stop())

describe.each([
  ['a folder', HAS_POSTGRES, startOnFolder],
  ['a bucket', HAS_POSTGRES && !('missing' in inject('s3')), startOnBucket],
  ['a folder with the embedded engine', true, startEmbedded],
] as const)('files in %s:', (place, isPossible, start) => {
  test.skipIf(!isPossible)(
    'P4 P5 P7 P13 P19 P22 P24 P25 processes, database and store that are killed at any time lose nothing acknowledged, and every job ends right',
    async () => {
      running = await start()
      try {
        const world = await newWorld(running)
        for (const drawn of fc.sample(round, { seed: SEED, numRuns: ROUNDS, unbiased: true }))
          await play(world, drawn)
        const figures = await judge(world)
        if (process.env['MUSTER_KILL_ROUNDS'] !== undefined)
          process.stderr.write(`${place}, seed ${SEED}, ${ROUNDS} rounds: ${figures}\n`)
      } catch (error) {
        const said = running.output().slice(-2000)
        throw new Error(`MUSTER_KILL_SEED=${SEED} ${String(error)}\n${said}`, { cause: error })
      }
    },
    TEST_MS_MAX,
  )
})

async function play(world: World, { acts, kill, isWithRequests, afterMs }: Round): Promise<void> {
  const kills = Object.values(world.running.kills)
  const acting = acts.map((act) => ACTS[act.kind](world, act))
  const strike = async (): Promise<void> => {
    if (!isWithRequests) await Promise.race(acting)
    await later(afterMs)
    await kills[kill % kills.length]?.()
  }
  await Promise.all([...acting, strike()])
}
