import { Failure } from '../domain/failure.ts'

/** Fails with `usage_invalid`, because standard output carries either users or a summary. */
export function refuseJsonOnStdout({
  json,
  output = '-',
}: {
  readonly json?: true
  readonly output?: string
}): void {
  if (json !== true || output !== '-') return
  throw new Failure(
    'usage_invalid',
    'Without --output, standard output carries the users. Leave out --json, or give a file.',
  )
}
