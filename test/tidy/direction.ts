import { type Import, nameOf, roomOf, type Source } from './sources.ts'

/**
 * How high each room stands: imports run down only, never sideways. The doors to outside things (`pg`, `schema`,
 * `certificates`, `hashing`) stand between the stages and the words.
 */
const LEVELS: Readonly<Record<string, number>> = {
  cli: 9,
  compose: 8,
  http: 7,
  work: 7,
  flow: 6,
  verify: 6,
  transfer: 6,
  // Puts decode/ and the rules of formats/ together, on a machine without a server.
  convert: 6,
  // Looks at a source before the first export: it counts, samples and measures by the ports of the stages.
  inspect: 6,
  plan: 5,
  rows: 5,
  compress: 5,
  decode: 5,
  objects: 5,
  download: 5,
  receipts: 5,
  jobs: 5,
  users: 5,
  tokens: 5,
  observe: 5,
  mail: 5,
  formats: 4,
  search: 4,
  relations: 3,
  pg: 2,
  schema: 2,
  certificates: 2,
  hashing: 2,
  threads: 1,
  client: 1,
  generate: 1,
  domain: 0,
}

const FLOW = 6
const STAGE = 5

// These need no pool. Every file that writes SQL quotes its texts, and every folder that one process may use is locked.
const WITHOUT_POOL = ['src/pg/sql.ts', 'src/pg/folder-lock.ts']

// A row source is asked for the rows of a plan, so it must know what one is.
const SIDEWAYS_TYPES: readonly { readonly from: string; readonly to: string }[] = [
  { from: 'rows', to: 'src/plan/export-plan.ts' },
]

// What puts everything together may import from every room.
const COMPOSERS = 'compose'

// What the commands, and the other files outside the rooms, may import. Commands read users files by way of transfer/,
// as they read receipts by way of verify/: what a users file is, is known once, in decode/ and users/.
const LISTED: Readonly<Record<string, readonly string[]>> = {
  cli: [
    ...['cli', 'client', 'compose', 'convert', 'generate', 'inspect', 'transfer', 'verify'],
    ...['src/config.ts', 'domain', 'observe'],
  ],
  'src/main.ts': ['cli', 'src/version.ts'],
  'src/config.ts': [
    ...['src/settings.ts', 'src/gate-settings.ts', 'src/limits.ts', 'src/database-settings.ts'],
    ...['src/mail-settings.ts', 'src/objects-settings.ts', 'src/metrics-settings.ts'],
    ...['src/sources-settings.ts', 'domain'],
  ],
  'src/mail-settings.ts': ['src/settings.ts', 'domain'],
  'src/objects-settings.ts': ['src/settings.ts', 'domain'],
  'src/database-settings.ts': ['src/settings.ts'],
  'src/sources-settings.ts': ['src/settings.ts', 'domain'],
  'src/metrics-settings.ts': ['src/settings.ts', 'domain'],
  'src/gate-settings.ts': ['src/settings.ts', 'domain'],
  'src/limits.ts': ['src/settings.ts'],
  'src/settings.ts': ['domain'],
  'src/version.ts': ['domain'],
  'src/place.ts': ['src/config.ts', 'domain'],
}

const ADAPTER = /^(pg|disk|s3|smtp|zlib|igzip|prom|otel)-/

export function directionComplaints(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => target.startsWith('src/'))
      .flatMap((imported) => [...roomComplaint(path, imported), ...adapterComplaint(path, imported)])
      .map((complaint) => `${path} ${complaint}`),
  )
}

function roomComplaint(path: string, { target, isType }: Import): string[] {
  const from = roomOf(path)
  if (from === COMPOSERS) return []
  const to = roomOf(target)
  const listed = LISTED[from ?? path]
  if (from === undefined || listed !== undefined) {
    const allowed = listed ?? []
    return allowed.includes(to ?? target) ? [] : [`imports ${target}, which is for compose/ to put together`]
  }
  if (to === undefined) return [`imports ${target}: a room knows nothing of the files outside the rooms`]
  if (from === to) return []
  if (to === 'pg' && !WITHOUT_POOL.includes(target) && !/^src\/\w+\/(?:pg\/|.*\bpg-[^/]*$)/.test(path)) {
    return [`imports ${target}: only adapters (pg-… or a folder pg/) and compose/ know the pool`]
  }
  return levelComplaint(from, to, { target, isType })
}

function levelComplaint(from: string, to: string, { target, isType }: Import): string[] {
  const [above, below] = [LEVELS[from], LEVELS[to]]
  if (above === undefined) return [`lies in the room ${from}, which has no level in test/tidy/direction.ts`]
  if (below === undefined) return [`imports the room ${to}, which has no level in test/tidy/direction.ts`]
  if (below >= above) {
    const isStated = isType && SIDEWAYS_TYPES.some((stated) => stated.from === from && stated.to === target)
    return isStated ? [] : [`imports ${target}: ${below > above ? 'up' : 'sideways'}, from ${from} to ${to}`]
  }
  // The edges speak to stages through flow; of a port they may name the type that they hand on.
  if (above > FLOW && below === STAGE && !isType)
    return [`imports ${target} as a value: that is for flow to do`]
  return []
}

function adapterComplaint(path: string, { target }: Import): string[] {
  if (!isAdapter(target) || roomOf(path) === COMPOSERS) return []
  const isSibling = roomOf(path) === roomOf(target) && isAdapter(path)
  return isSibling ? [] : [`imports the adapter ${target}: only compose/ picks adapters`]
}

/** A technology in the name of a file, or of a folder inside a room. */
function isAdapter(path: string): boolean {
  return ADAPTER.test(nameOf(path)) || /^src\/\w+\/pg\//.test(path)
}
