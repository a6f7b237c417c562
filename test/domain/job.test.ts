import { expect, test } from 'vitest'
import { type JobEvent, type JobStatus, statusesBefore, TRANSITIONS } from '../../src/domain/job.ts'

test('a finished job changes no more, except by age', () => {
  const finished: JobStatus[] = ['completed', 'failed']
  for (const status of finished) {
    for (const [event, next] of Object.entries(TRANSITIONS[status])) {
      expect(next, `${status} on ${event}`).toBe(event === 'aged' ? 'expired' : undefined)
    }
  }
})

test('only a claimed job can succeed, fail or be handed back', () => {
  const events: JobEvent[] = ['succeeded', 'broke', 'handed_back']
  for (const event of events) expect(statusesBefore(event)).toEqual(['processing'])
  expect(statusesBefore('claimed')).toEqual(['pending', 'processing'])
})
