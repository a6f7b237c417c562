import { randomUUID } from 'node:crypto'
import { isJsonObject, type Json } from './json.ts'

/**
 * Reads a JSON text as JSON.parse does, and takes each member's name as written. The V8 of Node 24 does not: once
 * it has seen an object with a member named `a\"`, it takes the name in `{"a\"b": 1}` for that one
 * (nodejs/node issue 63785). Throws a SyntaxError for what is no JSON.
 */
export function readJson(text: string): Json {
  const value = JSON.parse(text) as Json
  return hasEscapedName(text) ? readWithPlainNames(text) : value
}

function hasEscapedName(text: string): boolean {
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at)) {
    at = endOfString(text, at)
    if (isName(text, at)) return true
  }
  return false
}

// Every name is read as a plain one that no text can guess, and put back.
function readWithPlainNames(text: string): Json {
  const mark = randomUUID()
  const plainNames = new Map<string, string>()
  const names = new Map<string, string>()
  let marked = ''
  let done = 0
  for (let start = text.indexOf('"'); start !== -1; start = text.indexOf('"', done)) {
    const end = endOfString(text, start + 1)
    let literal = text.slice(start, end)
    if (isName(text, end)) {
      const name = JSON.parse(literal) as string
      const plain = plainNames.get(name) ?? `${mark}${names.size}`
      plainNames.set(name, plain)
      names.set(plain, name)
      literal = `"${plain}"`
    }
    marked += text.slice(done, start) + literal
    done = end
  }
  return JSON.parse(marked + text.slice(done), (_name, value: Json) => {
    if (!isJsonObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([plain, member]) => [names.get(plain), member]))
  }) as Json
}

/** Behind the quote that ends the string around `at`. */
function endOfString(text: string, at: number): number {
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

const COLON = /\s*:/y

function isName(text: string, end: number): boolean {
  COLON.lastIndex = end
  return COLON.test(text)
}
