import { type PathStep, parseFieldPath } from '../domain/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { newNest } from './nest.ts'
import { presetNames } from './presets.ts'

// For speed: only such a name can be a path, or one of the dashboard's names, which all begin with a capital.
const ODD = /^(?:[A-Z]|(?:app_metadata|user_metadata|identities)[.[])/

const FLAT = /^(?:app_metadata|user_metadata|identities)[.[]/

/**
 * In an NDJSON export with `fields`, a member's name is a path, such as `"identities[0].connection"`. An import must
 * put the value there again. Undefined if two members contradict each other.
 */
export function unflattened(value: Json): Json | undefined {
  if (!isJsonObject(value)) return value
  for (const name in value) if (ODD.test(name)) return nested(value)
  return value
}

function nested(flat: JsonObject): JsonObject | undefined {
  const meaning = presetNames((name) => Object.hasOwn(flat, name))
  const members = Object.entries(flat).map(([name, value]) => ({ steps: stepsOf(meaning(name)), value }))
  const nest = newNest()
  // Whole attributes first. In the other order, a path into one would make the attribute a contradiction.
  const inOrder = [
    ...members.filter(({ steps }) => steps.length === 1),
    ...members.filter(({ steps }) => steps.length > 1),
  ]
  return inOrder.every(({ steps, value }) => nest.set(steps, value)) ? nest.done() : undefined
}

function stepsOf(name: string): readonly PathStep[] {
  const path = FLAT.test(name) ? parseFieldPath(name) : { problem: '' }
  return 'problem' in path ? [name] : [path.root, ...path.steps]
}
