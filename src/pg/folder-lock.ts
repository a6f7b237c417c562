import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../domain/failure.ts'

export interface FolderLock {
  release(): Promise<void>
}

/**
 * Takes a folder for this process alone: two of them on one embedded database would corrupt it. The lock is a
 * file with the owner's identity; one whose owner is gone (killed, rebooted) is taken over. Fails with
 * `data_folder_in_use`.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'muster.lock')
  const mine = join(folder, `muster.lock.${randomUUID()}`)
  await writeFile(mine, JSON.stringify({ pid: process.pid, born: await birthOf(process.pid) }), {
    mode: 0o600,
  })
  try {
    // Linking, unlike writing, is all or nothing: a lock is never seen half written.
    if (!(await linked(mine, path))) {
      await removeStale(folder, path)
      if (!(await linked(mine, path))) throw inUse(folder, 'another process')
    }
  } finally {
    await rm(mine, { force: true })
  }
  return { release: () => rm(path, { force: true }) }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

// Moved away before it is removed, and looked at again there: between the look and the move another process
// may have taken over, and its lock must go back.
async function removeStale(folder: string, path: string): Promise<void> {
  const aside = join(folder, `muster.lock.${randomUUID()}`)
  await refuseLiving(folder, path)
  await rename(path, aside)
  try {
    await refuseLiving(folder, aside)
  } catch (error) {
    await link(aside, path).catch(() => undefined)
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

async function refuseLiving(folder: string, path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '{}')
  const owner = JSON.parse(text) as { pid?: number; born?: string }
  if (owner.pid === undefined) return
  const born = await birthOf(owner.pid)
  if (born !== undefined && born === owner.born) throw inUse(folder, `process ${owner.pid}`)
}

function inUse(folder: string, by: string): Failure {
  return new Failure(
    'data_folder_in_use',
    `The data folder ${folder} is in use by ${by}. Stop it, or choose another folder.`,
  )
}

/**
 * Tells one process from all others that ever had its id: on Linux by the boot and the tick in which it
 * started. Elsewhere only whether it lives is known. Undefined when it does not.
 */
async function birthOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    // The name in parentheses may hold spaces; the start time is the 20th field behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A killed process that nobody has waited for yet (state Z) is dead.
    return fields[0] === 'Z' ? undefined : `${boot.trim()}-${fields[19]}`
  } catch {
    if (process.platform === 'linux') return undefined
  }
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch {
    return undefined
  }
}
