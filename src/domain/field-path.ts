import { findUnstorable } from './json.ts'
import { trimmed } from './near-name.ts'
import { isAttribute } from './profile.ts'
import { readJson } from './read-json.ts'

export type PathStep = string | number

export interface FieldPath {
  readonly root: string
  readonly steps: readonly PathStep[]
  /** The whole name as it was written. If a user has a root attribute of this name, the path means that attribute. */
  readonly whole?: string
}

/**
 * Dots go into objects, `[n]` into arrays (Auth0's documentation, "Fields that can be exported"). The root may be any
 * name. A member's name that is empty, or has a dot or a bracket, is written as a JSON string in brackets:
 * `app_metadata["a.b"].c`.
 */
export function parseFieldPath(name: string): FieldPath | { readonly problem: string } {
  const steps: PathStep[] = []
  let at = 0
  while (at < name.length) {
    const step = readStep(name, at, steps.length === 0)
    if ('problem' in step) return step
    if (steps.length > 0 && name[at] !== '[' && name[at] !== '.') {
      return { problem: `expected . or [ at position ${at}` }
    }
    steps.push(step.step)
    at = step.end
  }
  const [root, ...rest] = steps
  if (typeof root !== 'string') return { problem: 'a path starts with the name of an attribute' }
  return { root, steps: rest }
}

/**
 * A claim of SAML or OIDC (`https://example.com/dept`, `urn:oid:2.5.4.42`) or an object identifier has dots and is one
 * name. Read as a path it would be found nowhere.
 */
export function isClaimName(name: string): boolean {
  return /^[^.[]*[:/]|^\d+(?:\.\d+)+$/.test(name)
}

/**
 * If Auth0 does not know the root, a user may have a root attribute with the whole name, dots and all. A claim that is
 * no path is always such a name. Auth0 probably does the same, since lodash's `get` does.
 */
export function parseFieldName(name: string): FieldPath | { readonly problem: string } {
  const path = parseFieldPath(name)
  if ('problem' in path) return isClaimName(name) ? { root: name, steps: [] } : path
  const mayBeWhole = path.steps.length > 0 && !name.startsWith('[') && !isAttribute(path.root)
  return mayBeWhole ? { ...path, whole: name } : path
}

export function fieldPathText({ root, steps }: FieldPath): string {
  return [root, ...steps].map((step, index) => stepText(step, index === 0)).join('')
}

function stepText(step: PathStep, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`
  // An import removes blanks at the ends of a heading, so a name with such blanks needs quotes.
  if (step === '' || /[.[\]]/.test(step) || trimmed(step) !== step) return `[${JSON.stringify(step)}]`
  return isFirst ? step : `.${step}`
}

type Step = { readonly step: PathStep; readonly end: number } | { readonly problem: string }

function readStep(name: string, start: number, isFirst: boolean): Step {
  if (name[start] !== '[') return readName(name, isFirst ? start : start + 1)
  return name[start + 1] === '"' ? readQuoted(name, start) : readPosition(name, start)
}

function readName(name: string, start: number): Step {
  let end = start
  while (end < name.length && name[end] !== '.' && name[end] !== '[') end++
  const step = name.slice(start, end)
  if (step === '') return { problem: `expected a name at position ${start}` }
  if (step.includes(']')) return { problem: `unexpected ] at position ${start + step.indexOf(']')}` }
  return { step, end }
}

function readPosition(name: string, start: number): Step {
  const close = name.indexOf(']', start)
  const digits = close === -1 ? '' : name.slice(start + 1, close)
  // Nine digits: PostgreSQL counts array positions in 32 bits.
  if (!/^(0|[1-9]\d{0,8})$/.test(digits))
    return { problem: `expected [n], n counted from 0, at position ${start}` }
  return { step: Number(digits), end: close + 1 }
}

function readQuoted(name: string, start: number): Step {
  let close = start + 2
  while (close < name.length && name[close] !== '"') close += name[close] === '\\' ? 2 : 1
  const step = parseText(name.slice(start + 1, close + 1))
  if (step === undefined || name[close + 1] !== ']') {
    return { problem: `expected ["name"], the name as a JSON string, at position ${start}` }
  }
  // An escape such as \u0000 can make a name that PostgreSQL cannot store.
  const unstorable = findUnstorable(step)
  if (unstorable !== undefined) return { problem: `${unstorable.reason} of the name at position ${start}` }
  return { step, end: close + 2 }
}

function parseText(literal: string): string | undefined {
  try {
    return readJson(literal) as string
  } catch {
    return undefined
  }
}
