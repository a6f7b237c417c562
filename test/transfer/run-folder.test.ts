import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newRunFolder, openRunFolder, type RunEvent } from '../../src/transfer/run-folder.ts'
import type { RunOrder } from '../../src/transfer/run-order.ts'
import { readRunState } from '../../src/transfer/run-state.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'muster-runs-'))
})
afterEach(() => {
  rmSync(parent, { recursive: true, force: true })
})

const ORDER: RunOrder = {
  version: 1,
  kind: 'auth0',
  server: { domain: 'tenant.example.com' },
  files: [],
  upsert: 'no',
  preserve: false,
  dryRun: false,
}

const place = { file: 0, slice: 2 }
const sending = (at: string): RunEvent => ({ kind: 'sending', ...place, at, hash: 'h' })
const counts = { read: 3, inserted: 2, updated: 0, failed: 1, incomplete: 0 }

test('a run that was closed goes on with its order and its events', async () => {
  const folder = await newRunFolder({ parent })
  await folder.begin(ORDER)
  await Promise.all([folder.note(sending('first')), folder.note({ kind: 'sent', ...place, job: 'job_1' })])
  await folder.close()
  const again = await openRunFolder(parent, folder.name)
  expect(await again.order()).toEqual(ORDER)
  const state = await readRunState(again, 1)
  expect(state.sentBefore(place)).toEqual({ at: 'first', times: 1, key: undefined, hash: 'h', job: 'job_1' })
  await again.note(sending('second'))
  // A new request: the first one's time stays, and its job does not count.
  expect((await readRunState(again, 1)).sentBefore(place)).toMatchObject({ at: 'first', times: 2 })
  expect((await readRunState(again, 1)).sentBefore(place)?.job).toBeUndefined()
  await again.note({ kind: 'done', ...place, outcome: { counts, refused: [] } })
  const done = await readRunState(again, 1)
  expect([done.isDone(place), done.sentBefore(place), done.tallies[0]?.counts]).toEqual([
    true,
    undefined,
    counts,
  ])
  await again.remove()
  expect(readdirSync(parent)).toEqual([])
})

test('a line that a kill has cut counts as not written, and does not spoil the next one', async () => {
  const folder = await newRunFolder({ parent })
  await folder.begin(ORDER)
  await folder.note(sending('first'))
  await folder.close()
  appendFileSync(join(folder.path, 'journal.ndjson'), '{"kind":"sent","file":0,"sli')
  const again = await openRunFolder(parent, folder.name)
  expect((await readRunState(again, 1)).sentBefore(place)?.job).toBeUndefined()
  await again.note({ kind: 'sent', ...place, job: 'job_2' })
  expect((await readRunState(again, 1)).sentBefore(place)?.job).toBe('job_2')
  await again.remove()
})

test('two processes cannot work on one run, and a run that is gone is named with those that are there', async () => {
  const folder = await newRunFolder({ parent })
  await folder.begin(ORDER)
  await expect(openRunFolder(parent, folder.name)).rejects.toMatchObject({ code: 'run_unusable' })
  await folder.close()
  await expect(openRunFolder(parent, 'other')).rejects.toThrow(`Runs in ${parent}: ${folder.name}`)
})

test('a folder without an order is removed by the next run, unless a process still works in the folder', async () => {
  const dead = join(parent, 'dead')
  mkdirSync(dead)
  writeFileSync(join(dead, 'standard-input'), 'users')
  const living = await newRunFolder({ parent })
  expect(existsSync(dead)).toBe(false)
  const other = await newRunFolder({ parent })
  expect(existsSync(living.path)).toBe(true)
  await living.remove()
  await other.remove()
})

test('a folder that holds files is refused as the folder of a run', async () => {
  writeFileSync(join(parent, 'mine'), '')
  await expect(newRunFolder({ path: parent })).rejects.toMatchObject({ code: 'usage_invalid' })
})
