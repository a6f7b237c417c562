import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { newProgress, type Progress } from '../../src/cli/progress.ts'
import { type FixedClock, fixedClock } from '../fixtures/clock.ts'

/** Standard error of a log or a terminal. */
function shown(isTTY: boolean): { progress: Progress; clock: FixedClock; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 60 }) as unknown as NodeJS.WriteStream
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk
  })
  const clock = fixedClock('2026-01-01T00:00:00Z')
  return { progress: newProgress(stream, clock), clock, text: () => text }
}

test('a log gets a line every ten seconds, and none of what is soon done', () => {
  const { progress, clock, text } = shown(false)
  for (let second = 0; second < 25; second++) {
    progress.show(second / 25, `${second} users`)
    clock.advance({ seconds: 1 })
  }
  expect(text()).toBe('10 users\n20 users\n')
})

test('a terminal has a bar of one line, which a sentence replaces', () => {
  const { progress, clock, text } = shown(true)
  progress.show(0.5, 'x'.repeat(100))
  const [bar = ''] = text().split('\r\u001b[K').slice(1)
  const ESCAPE = '\u001b'
  expect(bar.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '').length).toBeLessThan(60)
  clock.advance({ seconds: 0.05 })
  progress.show(0.6, 'too soon')
  progress.say('The connection was cut.')
  expect(text()).not.toContain('too soon')
  expect(text().endsWith('\r\u001b[KThe connection was cut.\n')).toBe(true)
})

test('a sentence like the one before is left out', () => {
  const { progress, text } = shown(false)
  for (const sentence of ['a', 'a', 'b', 'a']) progress.say(sentence)
  expect(text()).toBe('a\nb\na\n')
})
