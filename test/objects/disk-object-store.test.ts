import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import { allOwned } from '../../src/domain/lent.ts'
import { openDiskObjectStore } from '../../src/objects/disk-object-store.ts'
import { syncsAhead, UNSYNCED_BYTES } from '../../src/objects/syncs-ahead.ts'
import { objectStoreContract } from '../contract/object-store.ts'
import { lender } from '../fixtures/lender.ts'

describe('object store on disk', () => {
  objectStoreContract(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-objects-'))
    const stop = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
    return { store: await openDiskObjectStore(folder), stop }
  })

  test('P4 an unfinished file of a killed process is removed at the next start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-objects-'))
    await openDiskObjectStore(folder)
    writeFileSync(join(folder, 'unfinished', 'half'), 'half a file')
    await openDiskObjectStore(folder)
    expect(readdirSync(join(folder, 'unfinished'))).toEqual([])
    rmSync(folder, { recursive: true })
  })

  test('P4 an error of the disk while a file is written fails the put', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-objects-'))
    const file = await open(join(folder, 'file'), 'w')
    const sound = syncsAhead(file)
    sound.wrote(UNSYNCED_BYTES)
    await sound.ended()
    const refused = syncsAhead(file)
    refused.wrote(UNSYNCED_BYTES - 1)
    await refused.ended()
    await file.close()
    refused.wrote(1)
    await expect(refused.ended()).rejects.toThrow('closed')
    rmSync(folder, { recursive: true })
  })

  test('a file that is synced during the write is read back whole', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-objects-'))
    const store = await openDiskObjectStore(folder)
    const chunks = Array.from({ length: 20 }, (_, n) => Buffer.alloc(UNSYNCED_BYTES / 8, `chunk ${n}`))
    await store.put('a/b', allOwned(chunks), new AbortController().signal)
    const object = await store.open('a/b')
    const read: Uint8Array[] = []
    for await (const chunk of object?.read(0, object.bytes - 1) ?? []) read.push(chunk)
    await object?.close()
    expect(Buffer.concat(read).equals(Buffer.concat(chunks))).toBe(true)
    rmSync(folder, { recursive: true })
  })

  test('a full or read-only disk is named as the reason', async (context) => {
    const folder = smallDisk(context)
    const store = await openDiskObjectStore(folder)
    const tooMuch = lender(Array.from({ length: 8 }, () => Buffer.alloc(1024 * 1024)))
    const never = new AbortController().signal
    await expect(store.put('a/b', tooMuch.chunks, never)).rejects.toMatchObject({
      code: 'object_store_unavailable',
      message: 'The disk is full. Try again later.',
    })
    expect(new Set(tooMuch.releases)).toEqual(new Set([1]))
    expect(readdirSync(join(folder, 'unfinished'))).toEqual([])
    spawnSync('/bin/mount', ['-o', 'remount,ro', folder])
    await expect(store.put('a/b', allOwned([Buffer.of(1)]), never)).rejects.toMatchObject({
      message: 'The disk is read-only. Try again later.',
    })
  })
})

/** A file system of four megabytes, where this user may mount one; else the test is skipped. */
function smallDisk(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'muster-disk-'))
  const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', folder]).status === 0
  context.onTestFinished(() => {
    if (mounted) spawnSync('/bin/umount', [folder])
    rmSync(folder, { recursive: true, force: true })
  })
  if (!mounted) context.skip()
  return folder
}
