import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'vitest'
import { lockFolder } from '../../src/pg/folder-lock.ts'
import { startChild } from '../fixtures/start-child.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const lockPath = (): string => join(folder, 'muster.lock.left-behind')

test('a folder in use is refused with the names of the folder and the process', async () => {
  const lock = await lockFolder(folder)
  await assert.rejects(lockFolder(folder), (error: Error & { code: string }) => {
    assert.equal(error.code, 'data_folder_in_use')
    assert.ok(error.message.includes(folder) && error.message.includes(`process ${process.pid}`))
    return true
  })
  await lock.release()
})

test('a folder that was released can be locked again, and no file is left in the folder', async () => {
  await (await lockFolder(folder)).release()
  await (await lockFolder(folder)).release()
  assert.deepEqual(await readdir(folder), [])
})

test('a missing folder is made, for this user only', async () => {
  const lock = await lockFolder(join(folder, 'new', 'deeper'))
  await lock.release()
})

test('a folder too deep for a socket path is locked all the same', async () => {
  const deep = join(folder, 'd'.repeat(120))
  const lock = await lockFolder(deep)
  await assert.rejects(lockFolder(deep), { code: 'data_folder_in_use' })
  await lock.release()
})

test('a living process keeps the folder, and a killed one (-9) frees the folder', async () => {
  const child = startChild('./hold-folder.ts', folder)
  await once(child.stdout, 'data')
  await assert.rejects(lockFolder(folder), (error: Error) => error.message.includes(`process ${child.pid}`))
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  const lock = await lockFolder(folder)
  await lock.release()
  assert.deepEqual(await readdir(folder), [])
})

test('a folder is never locked by two of many concurrent processes', async () => {
  for (let round = 0; round < 5; round++) {
    await writeFile(lockPath(), JSON.stringify({ pid: 1, socket: 'live.gone' }))
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => lockFolder(folder)))
    const locks = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'data_folder_in_use')
    }
    assert.ok(locks.length <= 1)
    await locks[0]?.release()
    await (await lockFolder(folder)).release()
    assert.deepEqual(await readdir(folder), [])
  }
})

test('a process with the id of the dead owner does not keep the folder, since all containers have a process 1', async () => {
  await writeFile(lockPath(), JSON.stringify({ pid: process.pid, socket: 'live.gone' }))
  await (await lockFolder(folder)).release()
})

test('the start time of a process distinguishes a later process with its id if no socket can be made', async () => {
  await writeFile(lockPath(), JSON.stringify({ pid: process.pid, born: 'an earlier boot-1' }))
  await (await lockFolder(folder)).release()
})

test('an owner that is invisible from here, as in another container, keeps the folder', async () => {
  const lock = await lockFolder(folder)
  const [name = ''] = (await readdir(folder)).filter((entry) => entry.startsWith('muster.lock.'))
  const owner = JSON.parse(await readFile(join(folder, name), 'utf8'))
  await writeFile(join(folder, name), JSON.stringify({ ...owner, pid: 4_000_000, born: 'another-1' }))
  await assert.rejects(lockFolder(folder), { code: 'data_folder_in_use' })
  await lock.release()
})

test.each(['', '{', 'null', '[]'])(
  'a lock file damaged by a power cut (%j) counts as no lock',
  async (text) => {
    await mkdir(folder, { recursive: true })
    await writeFile(lockPath(), text)
    await (await lockFolder(folder)).release()
  },
)
