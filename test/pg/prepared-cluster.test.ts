import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { copyPreparedCluster, engineVersion } from '../../src/pg/prepared-cluster.ts'

let folder: string
let prepared: string
let target: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-prepared-'))
  prepared = join(folder, 'prepared')
  target = join(folder, 'pgdata')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function prepare(engine: string): Promise<void> {
  await mkdir(join(prepared, 'files', 'base'), { recursive: true })
  await writeFile(join(prepared, 'files', 'PG_VERSION'), '18\n')
  await writeFile(join(prepared, 'files', 'base', '1'), 'pages')
  const manifest = { engine, folders: ['.', 'base', 'pg_wal', 'pg_wal/archive_status'] }
  await writeFile(join(prepared, 'manifest.json'), JSON.stringify(manifest))
}

describe('a prepared cluster', () => {
  test('a prepared cluster is copied for this user only, with the empty folders that a package loses', async () => {
    await prepare(await engineVersion())
    assert.equal(await copyPreparedCluster(target, prepared), true)
    assert.equal(await readFile(join(target, 'base', '1'), 'utf8'), 'pages')
    assert.deepEqual(await readdir(join(target, 'pg_wal', 'archive_status')), [])
    assert.equal((await stat(target)).mode & 0o777, 0o700)
  })

  test('a prepared cluster of another engine version is not used, and nothing is written', async () => {
    await prepare('0.0.1')
    assert.equal(await copyPreparedCluster(target, prepared), false)
    assert.deepEqual(await readdir(folder), ['prepared'])
  })

  test('a missing prepared cluster is no failure', async () => {
    assert.equal(await copyPreparedCluster(target, prepared), false)
  })

  test('a prepared cluster replaces a copy that a killed start left unfinished', async () => {
    await prepare(await engineVersion())
    await mkdir(join(folder, 'pgdata.partial', 'base'), { recursive: true })
    await writeFile(join(folder, 'pgdata.partial', 'base', 'half'), '')
    assert.equal(await copyPreparedCluster(target, prepared), true)
    assert.deepEqual(await readdir(join(target, 'base')), ['1'])
    assert.deepEqual((await readdir(folder)).sort(), ['pgdata', 'prepared'])
  })
})
