import { setTimeout } from 'node:timers/promises'
import { Failure } from '../domain/failure.ts'

/** Waits before a 429 is sent, so that a client that tries again at once gets few answers a second. */
export async function slowlyRefused<T>(granting: Promise<T>, milliseconds: number): Promise<T> {
  try {
    return await granting
  } catch (error) {
    if (error instanceof Failure && error.status === 429) await setTimeout(milliseconds)
    throw error
  }
}
