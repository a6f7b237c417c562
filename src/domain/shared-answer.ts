import type { Stopwatch } from './clock.ts'

/**
 * Callers share an answer until it is `seconds` old. There is never a second question at a time: questions that are not
 * answered would pile up.
 */
export function sharedAnswer<T>(
  ask: () => Promise<T>,
  seconds: number,
  stopwatch: Stopwatch,
): () => Promise<T> {
  let answer: Promise<T> | undefined
  let endedAt: number | undefined
  const end = (): void => {
    endedAt = stopwatch.seconds()
  }
  return () => {
    const isOld = endedAt !== undefined && stopwatch.seconds() - endedAt >= seconds
    if (answer !== undefined && !isOld) return answer
    endedAt = undefined
    answer = ask()
    answer.then(end, end)
    return answer
  }
}
