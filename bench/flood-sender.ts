import { startFlood } from '../test/fixtures/flood.ts'

// bench/flood.ts starts this as a separate process, so that its CPU time does not slow the measuring process. It ends when
// its input ends, or after two minutes.

const MILLISECONDS_MAX = 120_000

const flood = startFlood({
  url: process.argv[2] ?? '',
  wrongSecrets: 50,
  pipelines: 16,
  requestsAhead: 2000,
  slowBodies: 50,
  silent: 50,
})
const end = (): void => {
  flood.stop()
  process.stdout.write(`${JSON.stringify(flood.seen())}\n`, () => process.exit())
}
setTimeout(end, MILLISECONDS_MAX)
process.stdin.on('end', end).resume()
