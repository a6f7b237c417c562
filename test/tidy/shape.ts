import { roomOf, type Source, withoutComments } from './sources.ts'

const LINES_MAX = 300

export function lengthComplaints(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length
    return lines > LINES_MAX
      ? [`${path} has ${lines} lines; at most ${LINES_MAX} can be read at a sitting`]
      : []
  })
}

/** Comments that silence a checker. */
export function suppressionComplaints(sources: readonly Source[]): string[] {
  return sources
    .filter(({ text }) => /\/[/*]\s*(biome-ignore|@ts-(ignore|expect-error|nocheck))/.test(text))
    .map(({ path }) => `${path} silences a checker: mend what it complains of`)
}

export function barrelComplaints(sources: readonly Source[]): string[] {
  return sources
    .filter(({ text }) => /^export\s+(type\s+)?(\*|\{[^}]*\})[^;\n]*\sfrom\s/m.test(withoutComments(text)))
    .map(({ path }) => `${path} exports what another file made: barrels hide who needs what`)
}

/** Files that no entry point leads to. */
export function orphanComplaints(sources: readonly Source[], entries: readonly string[]): string[] {
  const reached = reachedFrom(sources, entries)
  return sources
    .filter(({ path }) => !reached.has(path))
    .map(({ path }) => `${path} is imported by nobody: it is not part of the program`)
}

/** Every path that can be reached by imports, the beginnings included. */
function reachedFrom(sources: readonly Source[], beginnings: readonly string[]): Set<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const reached = new Set<string>()
  const ahead = [...beginnings]
  for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    ahead.push(...(byPath.get(path)?.imports ?? []).map(({ target }) => target))
  }
  return reached
}

/** Types count too: two files that need each other's types are one thing in two places. */
export function cycleComplaints(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const finished = new Set<string>()
  const complaints: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      complaints.push(`${[...trail.slice(trail.indexOf(path)), path].join(' → ')} is a circle`)
      return
    }
    if (finished.has(path)) return
    for (const { target } of byPath.get(path)?.imports ?? []) visit(target, [...trail, path])
    finished.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return complaints
}

/** A test from outside proves nothing when it borrows the inside. */
export function acceptanceComplaints(tests: readonly Source[]): string[] {
  const beginnings = tests.map(({ path }) => path).filter((path) => path.startsWith('test/acceptance/'))
  return beginnings.flatMap((path) =>
    [...reachedFrom(tests, [path])]
      .filter((target) => target.startsWith('src/'))
      .map((target) => `${path} leads to ${target}: acceptance tests know only what a caller knows`),
  )
}

export function roomsOf(sources: readonly Source[]): string[] {
  return [...new Set(sources.flatMap(({ path }) => roomOf(path) ?? []))].sort()
}
