import { startProblem } from './start-problem.ts'

export async function verify(
  file: string,
  receipt: string,
  { jwks }: { readonly jwks?: string },
): Promise<void> {
  const { verifyFile } = await import('../verify/verify-file.ts')
  try {
    const { holds, lines } = await verifyFile({ file, receipt, jwks })
    process.stdout.write(`${lines.join('\n')}\n`)
    process.exitCode = holds ? 0 : 1
  } catch (error) {
    process.stderr.write(`${startProblem(error)}\n`)
    process.exitCode = 2
  }
}
