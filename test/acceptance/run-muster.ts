import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { CLIENT } from './start-process.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Running {
  readonly env?: Readonly<Record<string, string>>
  /** What comes on standard input, which is at its end otherwise. */
  readonly input?: string
  /** A folder, as a shell would stand in one. */
  readonly cwd?: string
}

/** The environment of a person who has exported how to reach this server. */
export function environmentOf({ url }: { readonly url: string }, home: string): Record<string, string> {
  return {
    MUSTER_URL: url,
    MUSTER_CLIENT_ID: CLIENT.id,
    MUSTER_CLIENT_SECRET: CLIENT.secret,
    XDG_CONFIG_HOME: home,
  }
}

/** Only these variables, and how to find programs: what the tests' own environment names must not reach a command. */
function whole(env: Running['env']): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TERM: 'xterm', ...env }
}

/** Runs the built command, its output piped. */
export async function runMuster(words: readonly string[], running: Running = {}): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...words], { env: whole(running.env), cwd: running.cwd })
  child.stdin.end(running.input ?? '')
  return ended(child, () => undefined)
}

/** Runs it, presses Ctrl-C a second later, and resolves with its exit code. */
export async function interrupted(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number | null> {
  const child = spawn(process.execPath, [MAIN, ...words], { env: whole(env), stdio: 'ignore' })
  const timer = setTimeout(() => child.kill('SIGINT'), 1000)
  const code = await new Promise<number | null>((done) => child.once('close', done))
  clearTimeout(timer)
  return code
}

/** Runs it on a pseudo-terminal. When the screen has shown the first text of a pair, the second is typed. */
export async function runOnTerminal(
  words: readonly string[],
  {
    env,
    cwd,
    typed = [],
  }: Omit<Running, 'input'> & { readonly typed?: readonly (readonly [RegExp, string])[] },
): Promise<Ended> {
  // A new pseudo-terminal has no columns.
  const command = `stty rows 24 cols 120; ${[process.execPath, MAIN, ...words].map((word) => `'${word}'`).join(' ')}`
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: whole(env), cwd })
  const ahead = [...typed]
  let seen = 0
  return ended(child, (screen) => {
    const [shown, keys] = ahead[0] ?? []
    const found = shown?.exec(screen.slice(seen))
    if (found == null || keys === undefined) return
    seen = screen.length
    ahead.shift()
    child.stdin.write(keys)
  })
}

async function ended(child: ChildProcess, onOutput: (stdout: string) => void): Promise<Ended> {
  const said = { stdout: '', stderr: '' }
  // A chunk may end inside a character.
  child.stdout?.setEncoding('utf8')
  child.stderr?.setEncoding('utf8')
  child.stdout?.on('data', (chunk) => {
    said.stdout += chunk
    onOutput(said.stdout)
  })
  child.stderr?.on('data', (chunk) => {
    said.stderr += chunk
  })
  // A command that ends early does not read all of its input.
  child.stdin?.on('error', () => undefined)
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return { code, ...said }
}

/** Whether this machine has `script` of util-linux, which makes pseudo-terminals. */
export const HAS_SCRIPT = hasScript()

function hasScript(): boolean {
  try {
    execFileSync('script', ['--version'])
    return true
  } catch {
    process.stderr.write(
      '\nscript is not installed: tests on a terminal are SKIPPED. Debian has it in the package bsdutils.\n\n',
    )
    return false
  }
}
