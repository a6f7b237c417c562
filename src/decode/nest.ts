import { ExactNumber } from '../domain/exact-number.ts'
import type { PathStep } from '../domain/field-path.ts'
import { type Json, type JsonObject, setMember } from '../domain/json.ts'

type Members = Record<string, Json>
type Container = Members | Json[]

export interface Nest {
  /**
   * False if another value is there, or a value on the way has no inside. Two headings then contradict each other, and
   * one value would be lost.
   */
  set(steps: readonly PathStep[], value: Json): boolean
  done(): JsonObject | undefined
}

// Each missing element before a position becomes a null, and a heading such as `a[999999999]` must not fill the memory.
// Real files name all positions.
const HOLES_MAX = 100

export function newNest(): Nest {
  const whole: Members = {}
  const arrays = new Set<Json[]>()
  const put = (container: Container, step: PathStep, value: Json): void => {
    if (Array.isArray(container)) arrays.add(container)
    setMember(container, step, value)
  }
  const inner = (container: Container, step: PathStep, isArray: boolean): Container | undefined => {
    if (!Object.hasOwn(container, step)) put(container, step, isArray ? [] : {})
    const found = (container as Members)[step]
    const isContainer = typeof found === 'object' && found !== null && !(found instanceof ExactNumber)
    return isContainer && Array.isArray(found) === isArray ? (found as Container) : undefined
  }
  return {
    set: (steps, value) => {
      const last = steps.length - 1
      let container: Container | undefined = whole
      for (let at = 0; at < last && container !== undefined; at++) {
        container = inner(container, steps[at] ?? '', typeof steps[at + 1] === 'number')
      }
      const step = steps[last] ?? ''
      if (container === undefined || Object.hasOwn(container, step)) return false
      put(container, step, value)
      return true
    },
    done: () => ([...arrays].every(fillHoles) ? whole : undefined),
  }
}

function fillHoles(array: Json[]): boolean {
  if (array.length - Object.keys(array).length > HOLES_MAX) return false
  for (let at = 0; at < array.length; at++) if (!(at in array)) array[at] = null
  return true
}
