import { Failure } from '../domain/failure.ts'
import { isTerminal } from './terminal.ts'

/** Standard output may be a file, so the question goes to standard error. */
export async function askFor(what: string): Promise<string> {
  const { text } = await import('@clack/prompts')
  return answered(await text({ message: what, output: process.stderr }))
}

/** The question goes to standard error, and the answer comes from standard input, so both must be a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && isTerminal(process.stderr)
}

/** Hidden on a terminal; else all of standard input, without the line end that `echo` and editors add. */
export async function askForSecret(what: string): Promise<string> {
  if (!canAsk()) return (await textOfInput()).trim()
  const { password } = await import('@clack/prompts')
  return answered(await password({ message: what, output: process.stderr }))
}

// A secret is short, so a large file on standard input is a mistake.
const INPUT_BYTES_MAX = 64 * 1024

async function textOfInput(): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > INPUT_BYTES_MAX)
      throw new Failure('usage_invalid', `Standard input has over ${INPUT_BYTES_MAX} bytes: it is no secret.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

// After Ctrl-C @clack/prompts answers with a symbol.
function answered(answer: string | symbol | undefined): string {
  if (typeof answer === 'symbol') throw new Failure('interrupted', 'Interrupted.')
  return (answer ?? '').trim()
}
