import { execFileSync, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { type CliOptions, type CliResult, runCli } from './cli-process.ts'
import { CLIENT } from './start-process.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

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
function whole(env: CliOptions['env']): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]))
  return { ...own, PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm', ...env }
}

/** Runs the built command, its output piped. */
export function runMuster(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runCli(words, { ...options, env: whole(options.env) })
}

/** Runs it on a pseudo-terminal. When the screen has shown the first text of a pair, the second is typed. */
export async function runOnTerminal(
  words: readonly string[],
  { env, typed = [] }: Pick<CliOptions, 'env'> & { readonly typed?: readonly (readonly [RegExp, string])[] },
): Promise<Pick<CliResult, 'code' | 'stdout'>> {
  // A new pseudo-terminal has no columns.
  const command = `stty rows 24 cols 120; ${[process.execPath, MAIN, ...words].map((word) => `'${word}'`).join(' ')}`
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: whole(env) })
  const ahead = [...typed]
  let screen = ''
  let seen = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk
    const [shown, keys] = ahead[0] ?? []
    const found = shown?.exec(screen.slice(seen))
    if (found == null || keys === undefined) return
    seen = screen.length
    ahead.shift()
    child.stdin.write(keys)
  })
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return { code, stdout: screen }
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
