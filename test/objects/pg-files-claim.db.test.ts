import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { claimFor, type Files, type FilesClaim } from '../../src/objects/pg-files-claim.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('a database and the folder of its files on $name', (engine) => {
  const root = mkdtempSync(join(tmpdir(), 'muster-claims-'))
  const claims: FilesClaim[] = []
  let opened: TestDatabase
  let folders = 0
  beforeAll(async () => {
    opened = await withDatabase(engine)
  })
  afterEach(async () => {
    for (const claim of claims.splice(0)) await claim.release()
  })
  afterAll(async () => {
    rmSync(root, { recursive: true })
    await opened.stop()
  })

  const newFolder = (): string => mkdtempSync(join(root, `${folders++}-`))

  const claim = (folder: string): Promise<FilesClaim> => claimPlace({ kind: 'folder', folder })

  async function claimPlace(files: Files): Promise<FilesClaim> {
    const options = { everySeconds: 3600, staleSeconds: 60, onError: () => undefined }
    const claimed = await claimFor(opened.database, files, options)
    claims.push(claimed)
    return claimed
  }

  const letPass = (seconds: number) =>
    opened.database.query(`update muster.object_folder set seen_at = seen_at - $1 * interval '1 second'`, [
      seconds,
    ])

  test('a second process with another folder is refused, and the error names the first folder', async () => {
    const folder = newFolder()
    await claim(folder)
    await letPass(20)
    const second = claim(newFolder())
    await expect(second).rejects.toMatchObject({
      code: 'database_in_use',
      message: expect.stringMatching(
        new RegExp(`${folder}, seen 2[01] seconds ago.* again in (?:39|40) seconds`),
      ),
    })
  })

  test('the same folder can be claimed again at once', async () => {
    const folder = newFolder()
    await claim(folder)
    await claim(folder)
  })

  test('another folder can claim the database after the first process has stopped', async () => {
    const first = await claim(newFolder())
    await first.release()
    await claim(newFolder())
  })

  test('another folder can claim the database a minute after a kill, and the first claim then fails to renew', async () => {
    const first = await claim(newFolder())
    await letPass(61)
    await claim(newFolder())
    await expect(first.renew()).rejects.toMatchObject({ code: 'database_in_use' })
    await expect(claim(newFolder())).rejects.toMatchObject({ code: 'database_in_use' })
  })

  test('a process that was paused renews its claim if the second folder has released the database', async () => {
    const first = await claim(newFolder())
    await letPass(61)
    const second = await claim(newFolder())
    await second.release()
    await first.renew()
    await expect(claim(newFolder())).rejects.toMatchObject({ code: 'database_in_use' })
  })

  test('a process that renews its claim keeps the database', async () => {
    const first = await claim(newFolder())
    await letPass(59)
    await first.renew()
    await letPass(59)
    await expect(claim(newFolder())).rejects.toMatchObject({ code: 'database_in_use' })
  })
  test('any number of processes share a bucket, and the end of one leaves the bucket claimed for the others', async () => {
    const bucket: Files = { kind: 'bucket', url: 's3://files/muster/' }
    const first = await claimPlace(bucket)
    await claimPlace(bucket)
    await first.release()
    for (const other of [
      { ...bucket, url: 's3://files/other/' },
      { kind: 'folder', folder: newFolder() },
    ] as const)
      await expect(claimPlace(other)).rejects.toMatchObject({
        code: 'database_in_use',
        message: expect.stringContaining('s3://files/muster/'),
      })
    await letPass(61)
    await claim(newFolder())
  })
})
