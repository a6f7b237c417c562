import { causesOf } from '../domain/causes.ts'
import { Failure } from '../domain/failure.ts'

export function startProblem(error: unknown, dataDir?: string): string {
  if (error instanceof Failure)
    return `${error.code}: ${error.message}${causesOf(error.cause)
      .map((cause) => `\nThe cause: ${cause}`)
      .join('')}`
  if (!(error instanceof Error)) return String(error)
  // The error of a write names no path. Most writes go to the data folder, so the operator gets its path.
  const isPathless = 'code' in error && !('path' in error) && dataDir !== undefined
  return `Muster cannot start: ${error.message}${isPathless ? ` (data folder: ${dataDir})` : ''}`
}
