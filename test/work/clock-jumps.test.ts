import { describe, expect, test } from 'vitest'
import { newClockJumps } from '../../src/work/clock-jumps.ts'
import { fixedClock, fixedStopwatch } from '../fixtures/clock.ts'

function watched() {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  const stopwatch = fixedStopwatch()
  const seen: number[] = []
  const jumps = newClockJumps({ clock, stopwatch, onJump: (seconds) => void seen.push(seconds) })
  const pass = (seconds: number): void => {
    clock.advance({ seconds })
    stopwatch.advance({ seconds })
  }
  return { clock, jumps, seen, pass }
}

describe('a clock that jumps', () => {
  test('P7 a clock that jumps a day forward expires nothing for an hour, and is reported once', () => {
    const { clock, jumps, seen, pass } = watched()
    expect(jumps.isSteady()).toBe(true)
    pass(60)
    clock.advance({ seconds: 25 * 3600 })
    expect(jumps.isSteady()).toBe(false)
    pass(3540)
    expect(jumps.isSteady()).toBe(false)
    pass(60)
    expect(jumps.isSteady()).toBe(true)
    expect(seen).toEqual([25 * 3600])
  })

  test('P7 a clock that jumps back again expires nothing for an hour either', () => {
    const { clock, jumps, seen, pass } = watched()
    jumps.isSteady()
    clock.advance({ seconds: 25 * 3600 })
    jumps.isSteady()
    pass(60)
    clock.advance({ seconds: -25 * 3600 })
    expect(jumps.isSteady()).toBe(false)
    expect(seen).toEqual([25 * 3600, -25 * 3600])
  })

  test('a clock that is corrected by minutes does not count as a jump', () => {
    const { clock, jumps, pass } = watched()
    jumps.isSteady()
    pass(60)
    clock.advance({ seconds: -600 })
    expect(jumps.isSteady()).toBe(true)
  })
})
