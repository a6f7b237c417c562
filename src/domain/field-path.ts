import { findUnstorable } from './json.ts'
import { trimmed } from './near-name.ts'
import { isAttribute } from './profile.ts'
import { readJson } from './read-json.ts'

/** One step into a value: a member's name, or a position in an array counted from 0. */
export type PathStep = string | number

/** A parsed field name: `identities[0].connection` is `['identities', 0, 'connection']`. */
export interface FieldPath {
  readonly root: string
  readonly steps: readonly PathStep[]
  /** The name as it was written, if it may be that of a root attribute: then it is that attribute. */
  readonly whole?: string
}

/**
 * Reads a field's name as a path: dots go into objects, `[n]` into arrays (Auth0's doc, "Fields that can be
 * exported"). Any root is taken, known or not (Auth0 KB 118891). A name that holds a dot or a bracket, or nothing,
 * is written as a JSON string in brackets: `app_metadata["a.b"].c`. Returns what is wrong as a sentence.
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
 * Whether a name with dots is one name: a claim of SAML or OIDC (`https://example.com/dept`, `urn:oid:2.5.4.42`), or
 * an object identifier. Other names with dots are paths.
 */
export function isClaimName(name: string): boolean {
  return /^[^.[]*[:/]|^\d+(?:\.\d+)+$/.test(name)
}

/**
 * The path of a field that a caller asks for. A name that Auth0 does not know is the attribute of that very name, if a
 * user has one, and else a path (INFERRED: lodash's get); a claim that is no path is a name alone.
 */
export function parseFieldName(name: string): FieldPath | { readonly problem: string } {
  const path = parseFieldPath(name)
  if ('problem' in path) return isClaimName(name) ? { root: name, steps: [] } : path
  const mayBeWhole = path.steps.length > 0 && !name.startsWith('[') && !isAttribute(path.root)
  return mayBeWhole ? { ...path, whole: name } : path
}

/** The name that reads as this path: its inverse, for every path whose names can be stored. */
export function fieldPathText({ root, steps }: FieldPath): string {
  return [root, ...steps].map((step, index) => stepText(step, index === 0)).join('')
}

function stepText(step: PathStep, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`
  // Blanks at the ends of a heading are taken for a slip.
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
  // Escapes can spell what a name as such could not hold.
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
