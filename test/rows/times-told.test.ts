import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Column } from '../../src/plan/export-plan.ts'
import { timesTold } from '../../src/rows/pg/key-ranges.ts'

const column = (root: string, ...steps: (string | number)[]): Column => ({
  path: { root, steps },
  heading: 'h',
})

// Each compared with each, as it reads in the definition.
function plainly(columns: readonly Column[]): number {
  const names = columns.map(({ path }) => [path.root, ...path.steps])
  const holding = (inner: readonly unknown[]): number =>
    names.filter((outer) => outer.every((step, index) => step === inner[index])).length
  return Math.max(1, ...names.map(holding))
}

const step = fc.constantFrom('a', 'b', 0, 1)
const columns = fc.array(
  fc
    .tuple(fc.constantFrom('x', 'y'), fc.array(step, { maxLength: 3 }))
    .map(([root, steps]) => column(root, ...steps)),
  { maxLength: 30 },
)

test('a line repeats a part of a profile as often as columns lead there', () => {
  fc.assert(fc.property(columns, (some) => timesTold(some) === plainly(some)))
})

test('the repetitions are counted in linear time, even with many columns', () => {
  const many = Array.from({ length: 45_000 }, (_, index) => column('user_metadata', `a${index}`))
  const started = performance.now()
  expect(timesTold(many)).toBe(1)
  expect(timesTold(Array.from({ length: 45_000 }, () => column('a')))).toBe(45_000)
  // Each pair compared, it takes a minute.
  expect(performance.now() - started).toBeLessThan(3000)
})
