import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export interface Import {
  /** A path from the repository's root, such as `src/pg/sql.ts`, or the name of a package. */
  readonly target: string
  readonly isType: boolean
}

export interface Source {
  /** From the repository's root. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

/** Every TypeScript and JavaScript file below a folder of the repository. */
export function readSources(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => sourceOf(path, readFileSync(path, 'utf8')))
}

const STATEMENT = /^(?:import|export)\s+(type\s)?([^'"]*?)(?:\s*from\s*)?['"]([^'"]+)['"]/gm
const OTHER = /\bimport\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+\.[jt]s)['"],\s*import\.meta\.url/g

/** What a file imports, read from its text. */
export function sourceOf(path: string, text: string): Source {
  const code = withoutComments(text)
  const imports = [...code.matchAll(STATEMENT)]
    .filter(([whole, , what]) => whole.startsWith('import') || /^[*{]/.test(what ?? ''))
    .map(([, type, what, target]) => ({
      target: resolved(path, target ?? ''),
      isType: type !== undefined || onlyTypes(what ?? ''),
    }))
  for (const [, dynamic, url] of code.matchAll(OTHER)) {
    imports.push({ target: resolved(path, dynamic ?? url ?? ''), isType: false })
  }
  return { path, text, imports }
}

// `{ type A, type B }` imports nothing at run time.
function onlyTypes(what: string): boolean {
  const names = /^\{(.*)\}$/s
    .exec(what.trim())?.[1]
    ?.split(',')
    .map((name) => name.trim())
  const real = names?.filter((name) => name !== '') ?? []
  return real.length > 0 && real.every((name) => name.startsWith('type '))
}

function resolved(path: string, target: string): string {
  return target.startsWith('.') ? normalize(join(dirname(path), target)) : target
}

/** The code alone: a rule that names what it forbids must not be broken by its own comment. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

/** `src/rows/pg-row-source.ts` is in the room `rows`; `src/main.ts` in none. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
