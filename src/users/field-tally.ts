import { ExactNumber } from '../domain/exact-number.ts'
import { FIELD_NAME_LENGTH_MAX } from '../domain/export-request.ts'
import {
  type FieldPath,
  fieldPathText,
  isClaimName,
  type PathStep,
  parseFieldName,
} from '../domain/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { ATTRIBUTE_NAMES, ATTRIBUTES, type AttributeKind, isAttribute, METADATA } from '../domain/profile.ts'
import { maskSecrets } from './mask-secrets.ts'
import { SECRET_MASK } from './rules.ts'
import { newSecretNames, type SecretNames } from './secret-names.ts'

export const FIELD_TYPES = ['string', 'number', 'boolean', 'object', 'array', 'null', 'time'] as const

export type FieldType = (typeof FIELD_TYPES)[number]

export interface TalliedField {
  /** As `fields[].name` of an export takes it. */
  readonly name: string
  readonly types: readonly FieldType[]
  readonly users: number
  readonly example?: Json
}

export interface TalliedFields {
  readonly fields: readonly TalliedField[]
  readonly leftOut: number
  readonly users: number
}

export interface FieldTally {
  add(attributes: JsonObject, unread: readonly string[]): void
  fields(): TalliedFields
}

// Nobody finds a field among more, and no export takes more.
const FIELDS_MAX = 1_000
// Paths that are kept at all. Where names are ids, each user brings new ones.
const PATHS_MAX = 20_000
const DEPTH_MAX = 8
const EXAMPLE_LENGTH_MAX = 100

const KINDS: Readonly<Record<AttributeKind, FieldType>> = {
  text: 'string',
  boolean: 'boolean',
  integer: 'number',
  moment: 'time',
  object: 'object',
  array: 'array',
}

interface Seen {
  readonly path: FieldPath
  readonly types: Set<FieldType>
  users: number
  example?: Json
}

/**
 * What fields users have, of which types, and an example of each that is no secret. Of an array the first element is
 * looked into.
 */
export function newFieldTally(names: SecretNames = newSecretNames()): FieldTally {
  const seen = new Map<string, Seen>()
  const unkept = new Set<string>()
  let users = 0
  for (const root of ATTRIBUTE_NAMES)
    seen.set(root, { path: { root, steps: [] }, types: new Set([KINDS[ATTRIBUTES[root].kind]]), users: 0 })
  const meet = (path: FieldPath, value: Json | undefined, exampleOf: () => Json | undefined): void => {
    const name = fieldNameOf(path)
    const field = seen.get(name) ?? newSeen(path, name)
    if (field === undefined) return
    field.users++
    if (!isAttribute(name) && value !== undefined) field.types.add(typeOf(value))
    if (field.example === undefined) {
      const example = exampleOf()
      if (example !== undefined) field.example = example
    }
  }
  const newSeen = (path: FieldPath, name: string): Seen | undefined => {
    if (name.length > FIELD_NAME_LENGTH_MAX || seen.size >= PATHS_MAX) {
      if (unkept.size < PATHS_MAX) unkept.add(name)
      return undefined
    }
    const field: Seen = { path, types: new Set(), users: 0 }
    seen.set(name, field)
    return field
  }
  const walk = (path: FieldPath, value: Json, masked: () => Json | undefined): void => {
    meet(path, value, () => shownExample(value, masked()))
    if (path.steps.length >= DEPTH_MAX) return
    for (const [step, inner] of membersOf(value)) {
      if (typeof step === 'string' && names.of(step) === 'shaped') continue
      walk({ root: path.root, steps: [...path.steps, step] }, inner, () => memberOf(masked(), step))
    }
  }
  return {
    add: (attributes, unread) => {
      users++
      let copy: Json | undefined
      const masked = (): Json => {
        copy ??= maskSecrets(attributes, names)
        return copy
      }
      for (const root of unread) meet({ root, steps: [] }, undefined, () => undefined)
      for (const [root, value] of Object.entries(attributes)) {
        if (names.of(root) === 'shaped') continue
        walk({ root, steps: [] }, value, () => memberOf(masked(), root))
      }
    },
    fields: () => {
      const all = [...seen].map(([name, field]) => ({ name, field }))
      all.sort(
        (a, b) =>
          rankOf(a.field) - rankOf(b.field) || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
      )
      // The most common ones stay.
      const kept = new Set(
        [...all]
          .sort((a, b) => Number(isRoot(b.field)) - Number(isRoot(a.field)) || b.field.users - a.field.users)
          .slice(0, FIELDS_MAX),
      )
      const fields = all.filter((each) => kept.has(each)).map(({ name, field }) => talliedOf(name, field))
      return { fields, leftOut: all.length - fields.length + unkept.size, users }
    },
  }
}

function talliedOf(name: string, { types, users, example }: Seen): TalliedField {
  const ordered = FIELD_TYPES.filter((type) => types.has(type))
  return { name, types: ordered, users, ...(example === undefined ? {} : { example }) }
}

function isRoot({ path }: Seen): boolean {
  return path.steps.length === 0 && isAttribute(path.root)
}

// Attributes come first, in the order of a profile. Then paths into them, other root attributes, and metadata.
function rankOf(field: Seen): number {
  const { root } = field.path
  if (isRoot(field)) return ATTRIBUTE_NAMES.indexOf(root as (typeof ATTRIBUTE_NAMES)[number])
  const after = ATTRIBUTE_NAMES.length
  if (METADATA.some((name) => name === root)) return after + (root === 'user_metadata' ? 2 : 3)
  return after + (isAttribute(root) ? 0 : 1)
}

/** A claim such as `https://example.com/dept` is its own name. Other roots with dots need quotes, or they are paths. */
function fieldNameOf(path: FieldPath): string {
  const { root, steps } = path
  if (steps.length > 0 || !isClaimName(root)) return fieldPathText(path)
  const read = parseFieldName(root)
  const isSame = !('problem' in read) && (read.whole ?? fieldPathText(read)) === root
  return isSame ? root : fieldPathText(path)
}

function typeOf(value: Json): FieldType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (value instanceof ExactNumber || typeof value === 'number') return 'number'
  if (typeof value === 'object') return 'object'
  return typeof value === 'string' ? 'string' : 'boolean'
}

function membersOf(value: Json): readonly (readonly [PathStep, Json])[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : [[0, value[0] as Json]]
  return isJsonObject(value) ? Object.entries(value) : []
}

function memberOf(masked: Json | undefined, step: PathStep): Json | undefined {
  if (typeof masked !== 'object' || masked === null || !Object.hasOwn(masked, step)) return undefined
  return (masked as unknown as Readonly<Record<PathStep, Json>>)[step]
}

// A value that the copy shows differently is a secret, or nested too deep.
function shownExample(value: Json, masked: Json | undefined): Json | undefined {
  if (value === null || masked === SECRET_MASK || typeof masked !== typeof value) return undefined
  if (value instanceof ExactNumber) return masked instanceof ExactNumber ? value : undefined
  if (typeof value === 'object') return undefined
  return typeof masked === 'string' ? shortened(masked) : value
}

// By characters, so that the cut halves none.
function shortened(text: string): string {
  const start = text.slice(0, 2 * EXAMPLE_LENGTH_MAX + 2)
  const characters = [...start]
  return characters.length <= EXAMPLE_LENGTH_MAX && start.length === text.length
    ? text
    : `${characters.slice(0, EXAMPLE_LENGTH_MAX).join('')}…`
}
