import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The URL of a server that was started outside of the tests. It must be new, since the tests count its users. */
export const BASE_URL = process.env['MUSTER_BASE_URL']

/** The client that every server under test knows: of a server that runs already, as the environment says. */
export const CLIENT =
  BASE_URL === undefined
    ? { id: 'acceptance', secret: 'a-secret-for-tests-only' }
    : { id: process.env['MUSTER_CLIENT_ID'] ?? '', secret: process.env['MUSTER_CLIENT_SECRET'] ?? '' }

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

export interface StartOptions {
  readonly folder?: string
  readonly databaseUrl?: string
  readonly args?: readonly string[]
  /** What the command begins with, to run in another place. */
  readonly within?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** One process of Muster. */
export interface Process {
  /** What it gives as its public URL; empty for a worker. */
  readonly url: string
  readonly child: ChildProcess
  /** Everything it has said so far. */
  readonly output: () => string
  /** Sends a signal and resolves with exit code and seconds taken. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; seconds: number }>
}

/** Starts `dist/main.js` with these words, and waits until it says that it is ready. */
export async function startProcess(words: readonly string[], options: StartOptions): Promise<Process> {
  const env = {
    ...process.env,
    MUSTER_CLIENT_ID: CLIENT.id,
    MUSTER_CLIENT_SECRET: CLIENT.secret,
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
    ...options.env,
  }
  const command = [...(options.within ?? []), process.execPath, MAIN, ...words, ...(options.args ?? [])]
  const child = spawn(String(command[0]), command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const url = await new Promise<string>((ready, fail) => {
    const hear = (chunk: Buffer): void => {
      output += chunk
      const match = /Muster is ready at (\S+)|The worker is ready/.exec(output)
      if (match !== null) ready(match[1] ?? '')
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => fail(new Error(`the process ended with ${code}: ${output}`)))
  })
  return { url, child, output: () => output, end: (signal) => endProcess(child, signal) }
}

async function endProcess(
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; seconds: number }> {
  const started = performance.now()
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await gone
  }
  return { code: child.exitCode, seconds: (performance.now() - started) / 1000 }
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'muster-acceptance-'))
}
