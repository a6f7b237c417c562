import { ATTRIBUTE_NAMES, ATTRIBUTES } from '../domain/profile.ts'
import { type Problem, ROOT_PATH } from './rules.ts'

/** A value that is not stored. The job must report it, or the sender would believe that it is stored. */
export interface LeftOut extends Problem {
  readonly code: 'LEFT_OUT'
}

export function leftOut(path: string, message: string): LeftOut {
  return { code: 'LEFT_OUT', message, path }
}

/** What is stored although the sender may not expect that, so the job reports it. */
export interface Remark {
  /** A probable secret in metadata, or a root attribute that Auth0 does not have. */
  readonly kind: 'secret_kept' | 'foreign_attribute'
  readonly name: string
  readonly meant?: string
}

const SERVER_MADE: ReadonlyMap<string, LeftOut> = new Map(
  ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].by === 'server').map((name) => [
    name,
    leftOut(ROOT_PATH + name, 'Only the server sets this, and preserve was not asked for'),
  ]),
)

export function isServerMade(name: string): boolean {
  return SERVER_MADE.has(name)
}

export function serverMade(name: string): LeftOut | undefined {
  return SERVER_MADE.get(name)
}
