import { verifyFile } from '../verify/verify-file.ts'
import { EXIT } from './exit-codes.ts'
import { runCommand } from './run-command.ts'
import { print, printJson } from './terminal.ts'

interface VerifyOptions {
  readonly jwks?: string
  readonly json?: true
}

export function verify(file: string, receipt: string, { jwks, json }: VerifyOptions): Promise<void> {
  return runCommand(async () => {
    const { holds, checks, lines } = await verifyFile({ file, receipt, jwks })
    if (json === true) printJson({ holds, checks })
    else print(lines.join('\n'))
    if (!holds) process.exitCode = EXIT.incomplete
  })
}
