import { ExactNumber } from '../domain/exact-number.ts'
import type { PathStep } from '../domain/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import { SECRET_MASK } from './rules.ts'
import type { NameKind, SecretNames } from './secret-names.ts'
import { isAlgorithm, isDate, isHashLike, isOpaque, isSecretText, mayBeJson } from './secret-texts.ts'

/** What surrounds a member decides how its name is read: `value` means a secret only among credentials. */
type Context = 'open' | 'credentials' | 'secret'

export interface Place {
  readonly members: JsonObject
  readonly context: Context
  readonly names: SecretNames
  readonly parent: string
  readonly depth: number
}

// No earlier check limits the depth of JSON inside a text, and deep nesting would exhaust the stack.
const DEPTH_MAX = 100

export function placeAtRoot(members: JsonObject, names: SecretNames): Place {
  return { members, context: 'open', names, parent: '', depth: 0 }
}

export interface Member<Value> {
  readonly kind: NameKind
  readonly value: Value
  readonly name: PathStep
}

export function placeBelow({ kind, value, name }: Member<JsonObject>, place: Place): Place {
  return {
    members: value,
    context: contextBelow(kind, place.context),
    names: place.names,
    parent: typeof name === 'string' ? name : place.parent,
    depth: place.depth + 1,
  }
}

export function placeOfItems(list: PathStep, place: Place): Place {
  return { ...place, parent: typeof list === 'string' ? list : place.parent, depth: place.depth + 1 }
}

/** The kind of a name depends on its parent: `key` in an object `api` is an API key. */
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

/** A text is a secret by its name, by its shape, or because it contains JSON with a secret. */
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

/** `pin: 1234` is a secret. A number under a plural name is a count and no secret, unless it is an item of an array. */
export function isSecretNumber(kind: NameKind, place: Place, isItem = false): boolean {
  if (kind === 'generic') return place.context !== 'open' || isNamedBeside(place.members, place.names)
  return kind === 'secret' || kind === 'salt' || (kind === 'secrets' && isItem)
}

const NAMES_BESIDE = ['name', 'type', 'key', 'kind', 'field', 'attribute', 'Name', 'Type', 'Key']

// Another member may name the value, so `value` is a secret in `{"name": "password", "value": "…"}`.
function isNamedBeside(members: JsonObject, names: SecretNames): boolean {
  return NAMES_BESIDE.some((beside) => {
    const name = Object.hasOwn(members, beside) ? members[beside] : undefined
    return typeof name === 'string' && SECRET_KINDS.has(names.of(name))
  })
}

const SECRET_KINDS: ReadonlySet<NameKind> = new Set(['secret', 'secrets', 'salt', 'factor'])

// Some systems export objects as JSON inside a text, so a secret may be in there.
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
  readonly trail: PathStep[]
  readonly found: (steps: readonly PathStep[]) => void
}

/** Makes a path only for a secret, because building paths is slow and most users have no secret. */
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
