import { ExactNumber } from '../domain/exact-number.ts'
import type { PathStep } from '../domain/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import { SECRET_MASK } from './rules.ts'
import type { NameKind, SecretNames } from './secret-names.ts'
import { isAlgorithm, isDate, isHashLike, isOpaque, isSecretText, mayBeJson } from './secret-texts.ts'

/** Where members stand: among anything, among credentials, or inside of a secret. */
type Context = 'open' | 'credentials' | 'secret'

/** An object, as a search for secrets comes to it. */
export interface Place {
  readonly members: JsonObject
  readonly context: Context
  readonly names: SecretNames
  /** The name of the member that holds it, or holds the list that it is of; empty at the root. */
  readonly parent: string
  /** How many levels stand above it. */
  readonly depth: number
}

// Deeper values are refused. Those inside of texts are not, and would exhaust the stack.
const DEPTH_MAX = 100

export function placeAtRoot(members: JsonObject, names: SecretNames): Place {
  return { members, context: 'open', names, parent: '', depth: 0 }
}

/** A member as it is looked at. An item of a list has the kind of the list, and a number as its name. */
export interface Member<Value> {
  readonly kind: NameKind
  readonly value: Value
  readonly name: PathStep
}

/** The place of what a member holds. */
export function placeBelow({ kind, value, name }: Member<JsonObject>, place: Place): Place {
  return {
    members: value,
    context: contextBelow(kind, place.context),
    names: place.names,
    parent: typeof name === 'string' ? name : place.parent,
    depth: place.depth + 1,
  }
}

/** The place of a list's items. */
export function placeOfItems(list: PathStep, place: Place): Place {
  return { ...place, parent: typeof list === 'string' ? list : place.parent, depth: place.depth + 1 }
}

/** What a name says where it stands: a `key` of an object `api` is an API key. */
export function kindIn(place: Place, name: string): NameKind {
  const kind = place.names.of(name)
  if (kind !== 'generic' || place.context !== 'open' || place.parent === '') return kind
  const whole = place.names.of(`${place.parent}.${name}`)
  return whole === 'secret' || whole === 'secrets' ? whole : kind
}

function contextBelow(kind: NameKind, context: Context): Context {
  switch (kind) {
    case 'secret':
    case 'secrets':
    case 'salt':
      return 'secret'
    case 'harmless':
      return 'open'
    case 'container':
    case 'factor':
      return context === 'open' ? 'credentials' : context
    default:
      return context
  }
}

/** Whether a text is a secret, by the name of the member that it belongs to or by itself. */
export function isSecretMember(kind: NameKind, text: string, place: Place): boolean {
  if (kind === 'plain' && place.context === 'open')
    return isSecretText(text) || isSecretInside(kind, text, place)
  return (
    text !== '' &&
    (isSecretByName(kind, text, place) || isSecretText(text) || isSecretInside(kind, text, place))
  )
}

function isSecretByName(kind: NameKind, text: string, { context, members, names }: Place): boolean {
  switch (kind) {
    case 'secret':
    case 'secrets':
    case 'salt':
      return true
    case 'perhaps':
    case 'factor':
      return context === 'secret' || isOpaque(text)
    case 'generic':
      return context === 'open' ? isNamedBeside(members, names) : !isAlgorithm(text)
    case 'harmless':
      return context === 'secret' && isHashLike(text)
    default:
      return context === 'secret' && !isDate(text) && !isAlgorithm(text)
  }
}

/** Whether a number is a secret: `pin: 1234`. A number of many only counts them, unless it is one of a list. */
export function isSecretNumber(kind: NameKind, place: Place, isItem = false): boolean {
  if (kind === 'generic') return place.context !== 'open' || isNamedBeside(place.members, place.names)
  return kind === 'secret' || kind === 'salt' || (kind === 'secrets' && isItem)
}

const NAMES_BESIDE = ['name', 'type', 'key', 'kind', 'field', 'attribute', 'Name', 'Type', 'Key']

// Of a list of names and values: `{"name": "password", "value": "…"}`.
function isNamedBeside(members: JsonObject, names: SecretNames): boolean {
  return NAMES_BESIDE.some((beside) => {
    const name = Object.hasOwn(members, beside) ? members[beside] : undefined
    return typeof name === 'string' && SECRET_KINDS.has(names.of(name))
  })
}

const SECRET_KINDS: ReadonlySet<NameKind> = new Set(['secret', 'secrets', 'salt', 'factor'])

// Other systems export structures as JSON in a text.
function isSecretInside(kind: NameKind, text: string, place: Place): boolean {
  if (!mayBeJson(text)) return false
  let isFound = false
  const below = { ...place, depth: place.depth + 1 }
  const search = {
    trail: [],
    found: () => {
      isFound = true
    },
  }
  searchValue({ kind, value: jsonOf(text), name: '' }, below, search)
  return isFound
}

function jsonOf(text: string): Json {
  try {
    return glanceAtJson(text)
  } catch {
    return null
  }
}

export interface Search {
  /** Steps to the object that is looked at. */
  readonly trail: PathStep[]
  /** Called with the steps to each secret. */
  readonly found: (steps: readonly PathStep[]) => void
}

/** Finds the secrets of an object. Called for every user of an import: it makes paths for secrets alone. */
export function searchMembers(place: Place, search: Search): void {
  const { members } = place
  for (const name in members) {
    const value = members[name]
    if (value === undefined) continue
    const kind = kindIn(place, name)
    if (kind === 'shaped') search.found([...search.trail, SECRET_MASK])
    else searchValue({ kind, value, name }, place, search)
  }
}

function searchValue({ kind, value, name }: Member<Json>, place: Place, search: Search): void {
  if (typeof value === 'string') {
    if (isSecretMember(kind, value, place)) search.found([...search.trail, name])
  } else if (typeof value === 'number' || value instanceof ExactNumber) {
    if (isSecretNumber(kind, place, typeof name === 'number')) search.found([...search.trail, name])
  } else if (typeof value === 'object' && value !== null && place.depth < DEPTH_MAX) {
    search.trail.push(name)
    if (Array.isArray(value)) searchItems(kind, value, placeOfItems(name, place), search)
    else if (isJsonObject(value)) searchMembers(placeBelow({ kind, value, name }, place), search)
    search.trail.pop()
  }
}

function searchItems(kind: NameKind, items: readonly Json[], place: Place, search: Search): void {
  for (const [name, value] of items.entries()) searchValue({ kind, value, name }, place, search)
}
