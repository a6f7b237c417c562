import { expect, test } from 'vitest'
import { boundedErrors } from '../../src/flow/import-bounds.ts'

const refusal = (position: number) => ({ position, error: { user: {}, errors: [] } })
const summary = (failed: number) => ({ failed, updated: 0, inserted: 0, total: failed })

test('an import with many refused users lists the first of the file, and the report gives their number', () => {
  const bounded = boundedErrors({ errorsMax: 3, hopelessEntries: 100 })
  expect(bounded.keep([refusal(5), refusal(1)]).map(({ position }) => position)).toEqual([1, 5])
  const incomplete = { ...refusal(9), kind: 'left_out' } as const
  const later = bounded.keep([refusal(8), refusal(7), incomplete])
  expect(later.map(({ position }) => position)).toEqual([7, 9])
  expect(bounded.details(summary(3))).toBeUndefined()
  expect(bounded.details(summary(4))).toBe('The errors list the first 3 of 4 refused users.')
})

test('an import of almost only invalid users ends early, and an import of users already stored does not', () => {
  const bounds = { errorsMax: 3, hopelessEntries: 1000 }
  const hopeless = boundedErrors(bounds)
  hopeless.checkHope({ unsound: 999, entries: 999 })
  expect(() => hopeless.checkHope({ unsound: 1, entries: 1 })).toThrow(
    'Of the first 1000 entries 1000 are no sound users: the import was ended. See its errors.',
  )
  expect(() => boundedErrors(bounds).checkHope({ unsound: 9_950, entries: 10_000 })).toThrow('no sound users')
  boundedErrors(bounds).checkHope({ unsound: 9_900, entries: 10_000 })
  boundedErrors(bounds).checkHope({ unsound: 0, entries: 1_000_000 })
})
