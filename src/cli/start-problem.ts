import { Failure } from '../domain/failure.ts'

export function startProblem(error: unknown, dataDir?: string): string {
  if (error instanceof Failure)
    return `${error.code}: ${error.message}${causeOf(error.cause)
      .map((cause) => `\nThe cause: ${cause}`)
      .join('')}`
  if (!(error instanceof Error)) return String(error)
  // The error of a write names no path. Most writes go to the data folder, so the operator gets its path.
  const isPathless = 'code' in error && !('path' in error) && dataDir !== undefined
  return `Muster cannot start: ${error.message}${isPathless ? ` (data folder: ${dataDir})` : ''}`
}

function causeOf(cause: unknown): readonly string[] {
  // Node tries every address of a host, and each can fail for another reason.
  if (cause instanceof AggregateError) return (cause.errors as readonly unknown[]).flatMap(causeOf)
  if (!(cause instanceof Error)) return []
  const code =
    'code' in cause && !cause.message.includes(String(cause.code)) ? ` (${String(cause.code)})` : ''
  return [`${cause.message}${code}`]
}
