import { storable } from '../users/mask-secrets.ts'

/** Its memory is bounded, since each user of a file may have another name. */
export interface NameCount {
  add(name: string, meant?: string): void
  text(): string | undefined
}

interface Counted {
  readonly name: string
  readonly meant: string | undefined
  users: number
}

const NAMES_MAX = 1_000
const NAMES_SHOWN_MAX = 20
const NAME_LENGTH_MAX = 100

export function newNameCount(): NameCount {
  const counted = new Map<string, Counted>()
  let hasMore = false
  return {
    add: (whole, meant) => {
      const name = shortened(whole)
      const known = counted.get(name)
      if (known !== undefined) known.users++
      else if (counted.size < NAMES_MAX) counted.set(name, { name, meant, users: 1 })
      else hasMore = true
    },
    text: () => {
      if (counted.size === 0) return undefined
      const shown = mostFrequent([...counted.values()])
      const left = counted.size - shown.length
      const more = left === 0 ? [] : [`and ${hasMore ? 'more than ' : ''}${left} more`]
      return [...shown.map(written), ...more].join(', ')
    },
  }
}

// A short list stays in the order of the file, since nothing has to be left out.
function mostFrequent(all: readonly Counted[]): readonly Counted[] {
  if (all.length <= NAMES_SHOWN_MAX) return all
  return [...all].sort((one, other) => other.users - one.users).slice(0, NAMES_SHOWN_MAX)
}

function written({ name, meant, users }: Counted): string {
  return meant === undefined
    ? `${name} (${users})`
    : `${name} (${users}; probably meant: ${shortened(meant)})`
}

// The cut may halve a surrogate pair, which PostgreSQL cannot store.
function shortened(name: string): string {
  return name.length <= NAME_LENGTH_MAX ? name : `${storable(name.slice(0, NAME_LENGTH_MAX))}…`
}
