import { expect, test } from 'vitest'
import { type JobEvent, type JobStatus, TRANSITIONS } from '../../src/domain/job.ts'

test('a finished job changes no more, except by age and by deletion', () => {
  const finished: JobStatus[] = ['completed', 'failed']
  for (const status of finished) {
    for (const [event, { from }] of Object.entries(TRANSITIONS)) {
      expect(from.includes(status), `${status} on ${event}`).toBe(event === 'aged' || event === 'deleted')
    }
  }
})

test('only a claimed job can succeed, fail or be handed back', () => {
  const events: JobEvent[] = ['succeeded', 'broke', 'handed_back']
  for (const event of events) expect(TRANSITIONS[event].from).toEqual(['processing'])
  expect(TRANSITIONS.claimed.from).toEqual(['pending', 'processing'])
})
