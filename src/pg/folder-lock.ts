import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Failure } from '../domain/failure.ts'
import { readJson } from '../domain/read-json.ts'

export interface FolderLock {
  release(): Promise<void>
}

interface Owner {
  readonly pid: number
  /** See birthOf. */
  readonly born?: string | undefined
  /** Name of the Unix socket in the folder that answers as long as the owner lives. */
  readonly socket?: string | undefined
}

const PREFIX = 'muster.lock.'

// Of two that ask at the same moment each may see the other and step back: they ask again, not in step.
const TRIES_MAX = 5
const WAIT_MS_MAX = 50

/**
 * Takes a folder for this process alone: two of them on one embedded database would corrupt it. A lock whose
 * owner is gone (killed, rebooted) does not count. Fails with `data_folder_in_use`. Processes of one machine
 * see each other, also from container to container; a folder that two machines share must be kept apart by
 * whoever shares it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (let tries = 1; ; tries++) {
    const lock = await ask(folder)
    const other = await otherOwner(folder, lock.name).catch(async (error: unknown) => {
      await lock.release()
      throw error
    })
    if (other === undefined) return lock
    await lock.release()
    if (tries === TRIES_MAX) throw inUse(folder, other)
    await setTimeout(Math.random() * WAIT_MS_MAX * 2 ** tries)
  }
}

// Each puts down a lock under a name of its own and only then looks for others: of any two at least one sees
// the other, and there is no moment at which a dead one's lock could be mistaken for a living one's.
async function ask(folder: string): Promise<FolderLock & { readonly name: string }> {
  const name = `${PREFIX}${randomUUID()}`
  const path = join(folder, name)
  // Answers before the lock can be seen: a lock without an answer is always a dead owner's.
  const life = await signOfLife(folder, `live.${name}`)
  const owner: Owner = { pid: process.pid, born: await birthOf(process.pid), socket: life?.name }
  const release = async (): Promise<void> => {
    await rm(path, { force: true })
    await life?.end()
  }
  try {
    // Never seen half written.
    await writeFile(`${path}.new`, JSON.stringify(owner), { mode: 0o600 })
    await rename(`${path}.new`, path)
  } catch (error) {
    await release()
    throw error
  }
  return { name, release }
}

// Removes what dead owners left.
async function otherOwner(folder: string, mine: string): Promise<Owner | undefined> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PREFIX) || name.endsWith('.new') || name === mine) continue
    const text = await readFile(join(folder, name), 'utf8').catch(ignoreMissing)
    if (text === undefined) continue
    const owner = ownerIn(text)
    if (owner !== undefined && (await isAlive(folder, owner))) return owner
    await rm(join(folder, name), { force: true })
    await rm(join(folder, `live.${name}`), { force: true })
  }
  return undefined
}

// Released since it was listed.
function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

// A power cut may leave a lock without its content: its owner is gone with the power.
function ownerIn(text: string): Owner | undefined {
  try {
    const owner = readJson(text) as unknown as Owner
    return typeof owner?.pid === 'number' ? owner : undefined
  } catch {
    return undefined
  }
}

async function isAlive(folder: string, owner: Owner): Promise<boolean> {
  if (owner.socket !== undefined) return answers(folder, owner.socket)
  const born = await birthOf(owner.pid)
  return born !== undefined && born === owner.born
}

function inUse(folder: string, owner: Owner): Failure {
  return new Failure(
    'data_folder_in_use',
    `The data folder ${folder} is in use by process ${owner.pid}. Stop it, or choose another folder.`,
  )
}

/**
 * A Unix socket that the kernel answers for as long as this process lives: unlike a process id it is never
 * another's, and containers that cannot see each other's processes see it. Undefined where the file system
 * cannot hold one; then the process id has to do.
 */
async function signOfLife(
  folder: string,
  name: string,
): Promise<{ name: string; end(): Promise<void> } | undefined> {
  const near = await nearPath(folder)
  const server = createServer((socket) => socket.destroy())
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(join(near.path, name), () => resolve(true))
  })
  if (!isListening) {
    await near.close()
    return undefined
  }
  server.unref()
  return {
    name,
    end: async () => {
      await new Promise((resolve) => server.close(resolve))
      await near.close()
    },
  }
}

async function answers(folder: string, name: string): Promise<boolean> {
  const near = await nearPath(folder)
  const isAnswered = await new Promise<boolean>((resolve) => {
    const socket = createConnection(join(near.path, name))
    socket.once('connect', () => resolve(true))
    // Only these two say that nobody is there; a full backlog, for one, says that somebody is.
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '')))
    socket.once('connect', () => socket.destroy())
  })
  await near.close()
  return isAnswered
}

// A socket's path holds about a hundred bytes; on Linux a folder of any depth has this short name.
async function nearPath(folder: string): Promise<{ path: string; close(): Promise<void> }> {
  if (process.platform !== 'linux') return { path: folder, close: async () => undefined }
  const handle = await open(folder)
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
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
