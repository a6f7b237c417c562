import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDiskObjectStore } from '../../src/objects/disk-object-store.ts'
import { objectStoreContract } from '../contract/object-store.ts'

describe('object store on disk', () => {
  objectStoreContract(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-objects-'))
    const stop = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
    return { store: await openDiskObjectStore(folder), stop }
  })

  test('P4 what a killed process left unfinished is gone after the next start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-objects-'))
    await openDiskObjectStore(folder)
    writeFileSync(join(folder, 'unfinished', 'half'), 'half a file')
    await openDiskObjectStore(folder)
    expect(readdirSync(join(folder, 'unfinished'))).toEqual([])
    rmSync(folder, { recursive: true })
  })
})
