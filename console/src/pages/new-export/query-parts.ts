/** The common filters that have a control of their own. A date is `YYYY-MM-DD`, and empty if it is not chosen. */
export interface Conditions {
  readonly createdFrom: string
  readonly createdTo: string
  readonly loginFrom: string
  readonly loginTo: string
  readonly verified: boolean
  readonly notBlocked: boolean
  readonly neverLoggedIn: boolean
}

export const NO_CONDITIONS: Conditions = {
  createdFrom: '',
  createdTo: '',
  loginFrom: '',
  loginTo: '',
  verified: false,
  notBlocked: false,
  neverLoggedIn: false,
}

type DateName = 'createdFrom' | 'createdTo' | 'loginFrom' | 'loginTo'
type FlagName = Exclude<keyof Conditions, DateName>

// A date without a time means the whole day, so both ends are included (docs/filter.md).
const DATES: Readonly<Record<DateName, string>> = {
  createdFrom: 'created_at:>=',
  createdTo: 'created_at:<=',
  loginFrom: 'last_login:>=',
  loginTo: 'last_login:<=',
}

const FLAGS: Readonly<Record<FlagName, string>> = {
  verified: 'email_verified:true',
  notBlocked: 'NOT blocked:true',
  neverLoggedIn: 'NOT _exists_:last_login',
}

const AND = ' AND '
const CONDITION =
  /^(?:(?:created_at|last_login):[<>]=\d{4}-\d\d-\d\d|email_verified:true|NOT blocked:true|NOT _exists_:last_login)$/

export interface JoinedQuery {
  readonly q?: string
  /** So many characters stand in `q` before the text that the person typed. */
  readonly shift: number
}

/**
 * One query of the typed text and the conditions. The text gets parentheses, so that an OR in it cannot undo a condition.
 * Undefined if a parenthesis, a quote or an escape is open at the end of the text: then the parentheses would not hold it.
 */
export function joinQuery(text: string, conditions: Conditions): JoinedQuery | undefined {
  const clauses = clausesOf(conditions)
  if (text.trim() === '') return { ...(clauses.length === 0 ? {} : { q: clauses.join(AND) }), shift: 0 }
  if (clauses.length === 0) return { q: text, shift: 0 }
  if (!isClosed(text)) return undefined
  return { q: [`(${text})`, ...clauses].join(AND), shift: 1 }
}

function clausesOf(conditions: Conditions): readonly string[] {
  const dates = Object.entries(DATES).flatMap(([name, start]) => {
    const day = conditions[name as DateName]
    return day === '' ? [] : [`${start}${day}`]
  })
  const flags = Object.entries(FLAGS).flatMap(([name, clause]) =>
    conditions[name as FlagName] ? [clause] : [],
  )
  return [...dates, ...flags]
}

/** The opposite of `joinQuery`, so that a request of an earlier job fills the same controls. */
export function splitQuery(q: string): { readonly query: string; readonly conditions: Conditions } {
  const clauses: string[] = []
  let rest = q
  for (;;) {
    const at = rest.lastIndexOf(AND)
    const last = at === -1 ? rest : rest.slice(at + AND.length)
    if (!CONDITION.test(last)) break
    clauses.unshift(last)
    rest = at === -1 ? '' : rest.slice(0, at)
    if (at === -1) break
  }
  const query = rest === '' ? '' : textIn(rest)
  const conditions = conditionsOf(clauses)
  // Only what joins to the very same query is split. Anything else stays as it was written.
  if (query !== undefined && joinQuery(query, conditions)?.q === q) return { query, conditions }
  return { query: q, conditions: NO_CONDITIONS }
}

function textIn(wrapped: string): string | undefined {
  const text = /^\((.*)\)$/s.exec(wrapped)?.[1]
  return text !== undefined && isClosed(text) ? text : undefined
}

function conditionsOf(clauses: readonly string[]): Conditions {
  const dates = Object.entries(DATES).map(([name, start]) => {
    const clause = clauses.find((candidate) => candidate.startsWith(start))
    return [name, clause?.slice(start.length) ?? '']
  })
  const flags = Object.entries(FLAGS).map(([name, clause]) => [name, clauses.includes(clause)])
  return Object.fromEntries([...dates, ...flags])
}

/** Whether each parenthesis and quote of the text closes within it. A backslash makes the next character ordinary. */
function isClosed(text: string): boolean {
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') {
      at += 1
      if (at >= text.length) return false
    } else if (character === '"') isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (character === '(') depth += 1
    else if (character === ')') {
      depth -= 1
      if (depth < 0) return false
    }
  }
  return depth === 0 && !isQuoted
}

/** An example behind what is typed already. */
export function withExample(text: string, example: string): string {
  const before = text.trim()
  if (before === '' || before === example) return example
  return `${/\s/.test(before) && isClosed(before) ? `(${before})` : before}${AND}${example}`
}

/**
 * Names such as `user_metadata.plan` in a query of which none of these fields is a part. Only the first two steps are
 * compared, since deeper ones may be in arrays, or beyond what the server lists.
 */
export function unknownNames(query: string, fields: readonly { readonly name: string }[]): readonly string[] {
  const startOf = (name: string) => /^[^.]+\.[^.[]+/.exec(name)?.[0]
  const known = new Set(fields.map(({ name }) => startOf(name)))
  const bare = query.replace(/"(?:[^"\\]|\\.)*"/gs, ' ')
  // Without the colon the name may still be typed.
  const found = bare.matchAll(/(?<![\w.])(?:user|app)_metadata\.[\w-]+(?=(?:\.[^\s:()]*)?:|[\s)])/g)
  return [...new Set([...found].map(([name]) => name))].filter((name) => !known.has(name))
}
