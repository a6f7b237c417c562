import { expect, test } from 'vitest'
import { promMetrics } from '../../src/observe/prom-metrics.ts'
import { parsePrometheus } from '../fixtures/prometheus-text.ts'

const seconds = { waiting: 0.5, opening: 2, running: 8, settling: 0.25 }

test('P31 metrics count each run, its users and bytes, and the phases of completed runs alone', async () => {
  const { see, text } = promMetrics('1.2.3')
  const before = parsePrometheus(await text(undefined))
  expect(before.get('muster_job_runs_total{end="lost",type="users_export"}')).toBe(0)
  expect(before.get('muster_info{version="1.2.3"}')).toBe(1)
  const done = { users: { exported: 7 }, bytes: 900 }
  see({ kind: 'run', type: 'users_export', end: 'completed', seconds, done })
  see({ kind: 'run', type: 'users_export', end: 'completed', seconds, done })
  see({ kind: 'run', type: 'users_export', end: 'lost', seconds })
  see({
    kind: 'run',
    type: 'users_import',
    end: 'failed',
    seconds,
    done: { users: { inserted: 3, refused: 1 }, bytes: 0 },
  })
  const after = parsePrometheus(await text(undefined))
  expect(after.get('muster_job_runs_total{end="completed",type="users_export"}')).toBe(2)
  expect(after.get('muster_job_runs_total{end="lost",type="users_export"}')).toBe(1)
  expect(after.get('muster_users_total{done="exported"}')).toBe(14)
  expect(after.get('muster_users_total{done="inserted"}')).toBe(3)
  expect(after.get('muster_users_total{done="refused"}')).toBe(1)
  expect(after.get('muster_file_bytes_total{type="users_export"}')).toBe(1800)
  expect(after.get('muster_job_phase_seconds_sum{phase="running",type="users_export"}')).toBe(16)
  expect(after.get('muster_job_phase_seconds_bucket{le="5",phase="opening",type="users_export"}')).toBe(2)
  expect(after.get('muster_job_phase_seconds_count{phase="running",type="users_import"}')).toBeUndefined()
})

test('P31 metrics show pools and the queue as they are now, and no queue if the database does not say', async () => {
  const { see, text } = promMetrics('1.2.3')
  const pools = { jobs: { open: 5, idle: 2, waiting: 1 } }
  see({ kind: 'thread', thread: 'jobs', lagSeconds: 0.03, pools })
  see({ kind: 'thread', thread: 'jobs', lagSeconds: 0.3, pools: { jobs: { open: 5, idle: 5, waiting: 0 } } })
  const census = {
    counts: [{ type: 'users_export', status: 'pending', jobs: 4 }],
    ages: [{ type: 'users_export', seconds: 61.5 }],
  } as const
  const shown = parsePrometheus(await text(census))
  expect(shown.get('muster_pool_connections{pool="jobs",state="used"}')).toBe(0)
  expect(shown.get('muster_pool_connections{pool="jobs",state="idle"}')).toBe(5)
  expect(shown.get('muster_pool_waiting{pool="jobs"}')).toBe(0)
  expect(shown.get('muster_event_loop_lag_seconds_count{thread="jobs"}')).toBe(2)
  expect(shown.get('muster_jobs{status="pending",type="users_export"}')).toBe(4)
  expect(shown.get('muster_jobs{status="failed",type="users_import"}')).toBe(0)
  expect(shown.get('muster_queue_age_seconds{type="users_export"}')).toBe(61.5)
  expect(shown.get('muster_queue_age_seconds{type="users_import"}')).toBe(0)
  const silent = parsePrometheus(await text(undefined))
  expect([...silent.keys()].filter((key) => /^muster_(jobs|queue)/.test(key))).toEqual([])
})
