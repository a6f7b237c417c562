import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

export interface CliResult {
  /** Null if a signal has ended the command. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly input?: string | Buffer
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<CliResult>
}

/** The built program, as a person runs it. */
export function startCli(words: readonly string[], { env = {}, cwd, input }: CliOptions = {}): Running {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  // A chunk may end inside a character.
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  // A command that ends early does not read its input.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<CliResult>((done) => {
    child.once('close', (code) => done({ code, stdout, stderr }))
  })
  return { child, ended }
}

export function runCli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(words, options).ended
}
