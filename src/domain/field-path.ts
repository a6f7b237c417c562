/** One step into a value: a member's name, or a position in an array counted from 0. */
export type PathStep = string | number

/** A parsed field name: `identities[0].connection` is `['identities', 0, 'connection']`. */
export interface FieldPath {
  readonly root: string
  readonly steps: readonly PathStep[]
}

/**
 * Reads a field's name as a path: dots go into objects, `[n]` into arrays (Auth0's doc, "Fields that can be
 * exported"). Any root is taken, known or not (Auth0 KB 118891). Returns what is wrong as a sentence.
 */
export function parseFieldPath(name: string): FieldPath | { readonly problem: string } {
  const steps: PathStep[] = []
  let at = 0
  while (at < name.length) {
    const step = name[at] === '[' ? readPosition(name, at) : readName(name, steps.length === 0 ? at : at + 1)
    if ('problem' in step) return step
    if (steps.length > 0 && name[at] !== '[' && name[at] !== '.') {
      return { problem: `expected . or [ at position ${at}` }
    }
    steps.push(step.step)
    at = step.end
  }
  const [root, ...rest] = steps
  if (typeof root !== 'string') return { problem: 'a path starts with the name of an attribute' }
  return { root, steps: rest }
}

type Step = { readonly step: PathStep; readonly end: number } | { readonly problem: string }

function readName(name: string, start: number): Step {
  let end = start
  while (end < name.length && name[end] !== '.' && name[end] !== '[') end++
  const step = name.slice(start, end)
  if (step === '') return { problem: `expected a name at position ${start}` }
  if (step.includes(']')) return { problem: `unexpected ] at position ${start + step.indexOf(']')}` }
  return { step, end }
}

function readPosition(name: string, start: number): Step {
  const close = name.indexOf(']', start)
  const digits = close === -1 ? '' : name.slice(start + 1, close)
  // Nine digits: PostgreSQL counts array positions in 32 bits.
  if (!/^(0|[1-9]\d{0,8})$/.test(digits))
    return { problem: `expected [n], n counted from 0, at position ${start}` }
  return { step: Number(digits), end: close + 1 }
}
