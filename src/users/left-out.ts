import { ATTRIBUTE_NAMES, ATTRIBUTES } from '../domain/profile.ts'
import { type Problem, ROOT_PATH } from './rules.ts'

/** Something of an import's file that a user came in without. */
export interface LeftOut extends Problem {
  readonly code: 'LEFT_OUT'
}

export function leftOut(path: string, message: string): LeftOut {
  return { code: 'LEFT_OUT', message, path }
}

/** Something of an import's file that was kept, and that its sender should know of. */
export interface Remark {
  /** What looks like a secret inside metadata; a root attribute that Auth0 does not have. */
  readonly kind: 'secret_kept' | 'foreign_attribute'
  /** Where it stands: a path, without indexes of lists. */
  readonly name: string
  /** The name that was probably meant. */
  readonly meant?: string
}

const SERVER_MADE: ReadonlyMap<string, LeftOut> = new Map(
  ATTRIBUTE_NAMES.filter((name) => ATTRIBUTES[name].by === 'server').map((name) => [
    name,
    leftOut(ROOT_PATH + name, 'Only the server sets this, and preserve was not asked for'),
  ]),
)

/** Whether an attribute is one that only the server sets. */
export function isServerMade(name: string): boolean {
  return SERVER_MADE.has(name)
}

/** What is left out where an import does not preserve, of an attribute that only the server sets. */
export function serverMade(name: string): LeftOut | undefined {
  return SERVER_MADE.get(name)
}
