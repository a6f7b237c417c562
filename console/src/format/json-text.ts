/**
 * JSON as a person reads it. `JSON.parse` would round 17841461234567891 and move members whose names are numbers, so this
 * keeps every number as it is written and every member where it stands.
 */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'text'; readonly text: string }
  /** A number, `true`, `false` or `null`; or JSON that is too deep to be shown as a tree. */
  | { readonly kind: 'bare'; readonly source: string }

export type Member = readonly [name: string, value: JsonNode]

// Deeper JSON is shown as it is written. Nobody reads such a tree, and each level costs a part of the stack.
const DEPTH_MAX = 60

/** Fails with a `SyntaxError`. */
export function readJson(text: string): JsonNode {
  const reader = newReader(text)
  const node = reader.value(0)
  reader.end()
  return node
}

function newReader(text: string) {
  let at = 0
  const skip = () => {
    while (/\s/.test(text.charAt(at)) && at < text.length) at += 1
  }
  const wrong = () => new SyntaxError(`Not JSON at character ${at}`)
  const take = (mark: string): boolean => {
    skip()
    if (text.charAt(at) !== mark) return false
    at += 1
    return true
  }
  const quoted = (): string => {
    skip()
    const end = quoteEnd(text, at)
    if (end === -1) throw wrong()
    const parsed: unknown = JSON.parse(text.slice(at, end))
    at = end
    return String(parsed)
  }
  const bare = (): JsonNode => {
    const [source] = /^[-+.\w]+/.exec(text.slice(at, at + 2000)) ?? []
    if (source === undefined) throw wrong()
    at += source.length
    return { kind: 'bare', source }
  }
  const list = <T>(end: string, item: () => T): readonly T[] => {
    const items: T[] = []
    if (take(end)) return items
    for (;;) {
      items.push(item())
      if (take(end)) return items
      if (!take(',')) throw wrong()
    }
  }
  const tooDeep = (): JsonNode => {
    const begin = at
    at = bracketEnd(text, at)
    return { kind: 'bare', source: text.slice(begin, at) }
  }
  const value = (depth: number): JsonNode => {
    skip()
    const first = text.charAt(at)
    if (first === '"') return { kind: 'text', text: quoted() }
    if (first !== '{' && first !== '[') return bare()
    if (depth === DEPTH_MAX) return tooDeep()
    at += 1
    if (first === '[') return { kind: 'array', items: list(']', () => value(depth + 1)) }
    const member = (): Member => {
      const name = quoted()
      if (!take(':')) throw wrong()
      return [name, value(depth + 1)]
    }
    return { kind: 'object', members: list('}', member) }
  }
  const end = () => {
    skip()
    if (at < text.length) throw wrong()
  }
  return { value, end }
}

/** The index behind the quoted text that begins at `from`; -1 if there is none. */
function quoteEnd(text: string, from: number): number {
  if (text.charAt(from) !== '"') return -1
  for (let at = from + 1; ; at += 1) {
    at = text.indexOf('"', at)
    if (at === -1) return -1
    let slashes = 0
    while (text.charAt(at - 1 - slashes) === '\\') slashes += 1
    if (slashes % 2 === 0) return at + 1
  }
}

function bracketEnd(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const mark = text.charAt(at)
    if (mark === '"') at = quoteEnd(text, at) - 1
    else if (mark === '{' || mark === '[') depth += 1
    else if ((mark === '}' || mark === ']') && --depth === 0) return at + 1
    if (at < from) break
  }
  throw new SyntaxError('Not JSON: an array or object does not end')
}

/** Over several lines. The result is JSON that means the same. */
export function writeJson(node: JsonNode, indent = ''): string {
  switch (node.kind) {
    case 'bare':
      return node.source
    case 'text':
      return quote(node.text)
    case 'array':
      return block(
        node.items.map((item) => writeJson(item, `${indent}  `)),
        ['[', ']'],
        indent,
      )
    case 'object':
      return block(
        node.members.map(([name, value]) => `${quote(name)}: ${writeJson(value, `${indent}  `)}`),
        ['{', '}'],
        indent,
      )
    default:
      return node satisfies never
  }
}

function block(lines: readonly string[], [open, close]: readonly [string, string], indent: string): string {
  if (lines.length === 0) return `${open}${close}`
  return `${open}\n${lines.map((line) => `${indent}  ${line}`).join(',\n')}\n${indent}${close}`
}

// Characters that nobody sees, or that turn around what stands beside them. Two joiners (U+200C, U+200D) are left: Persian
// words and many emoji have them.
const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

function quote(text: string): string {
  return JSON.stringify(text).replace(
    UNSEEN,
    (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
