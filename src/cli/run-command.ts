import type { Client } from '../client/client.ts'
import type { Target } from '../client/target.ts'
import { Failure } from '../domain/failure.ts'
import { exitCodeOf } from './exit-codes.ts'
import { type TargetOptions, targetOf } from './target-options.ts'
import { inStyle, tell } from './terminal.ts'

/** An error of the work is printed and gives the exit code, as with `runCommand`. */
export function withClient(
  options: TargetOptions,
  work: (client: Client, signal: AbortSignal) => Promise<void>,
  onWait: (sentence: string) => void = tell,
): Promise<void> {
  return runCommand(async (signal) => {
    await speakingWith(targetOf(options), onWait, (client) => work(client, signal))
  })
}

/** The client is closed when the work has ended. */
export async function speakingWith(
  target: Target,
  onWait: (sentence: string) => void,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  // Node's HTTP and TLS take longer to load than everything else that help needs.
  const { newClient } = await import('../client/client.ts')
  const client = newClient(target, { onWait })
  try {
    await work(client)
  } finally {
    client.close()
  }
}

/** Aborts the signal at the first Ctrl-C; the second one ends the process at once. */
export async function runCommand(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const ending = new AbortController()
  const end = (): void => {
    process.once('SIGINT', () => process.exit(exitCodeOf(ending.signal.reason)))
    ending.abort(new Failure('interrupted', 'Interrupted.'))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  // `muster … | head` closes standard output early, which is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
  })
  try {
    await work(ending.signal)
  } catch (error) {
    tell(problemOf(error))
    process.exitCode = exitCodeOf(error)
  } finally {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
  }
}

function problemOf(error: unknown): string {
  if (error instanceof Failure && error.code === 'interrupted') return error.message
  if (error instanceof Failure) return `${inStyle('red', error.code, process.stderr)}: ${error.message}`
  return `${inStyle('red', 'internal', process.stderr)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
