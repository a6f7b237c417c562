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
  readonly born?: string | undefined
  /** This socket accepts connections as long as the owner lives, so it shows whether the lock counts. */
  readonly socket?: string | undefined
}

const PREFIX = 'muster.lock.'

// Two processes that start at once may see each other, and both give up. They try again after random pauses.
const TRIES_MAX = 5
const WAIT_MS_MAX = 50

/**
 * Two processes on one embedded database would corrupt it. A lock whose owner is dead (killed, rebooted) does not
 * count. Processes of one machine see each other's locks, also between containers if the folder can hold sockets. Two
 * machines that share the folder do not: an administrator must not start both. Fails with `data_folder_in_use`.
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

// Each process first writes a lock with its own name and then looks for others. So of any two processes at least one
// sees the other. No process ever overwrites the lock of another, which it could wrongly believe to be dead.
async function ask(folder: string): Promise<FolderLock & { readonly name: string }> {
  const name = `${PREFIX}${randomUUID()}`
  const path = join(folder, name)
  // The socket listens before others can see the lock. So if a socket does not answer, the owner of its lock is dead.
  const life = await signOfLife(folder, `live.${name}`)
  const owner: Owner = { pid: process.pid, born: await birthOf(process.pid), socket: life?.name }
  const release = async (): Promise<void> => {
    await rm(path, { force: true })
    await life?.end()
  }
  try {
    // A rename, so that no other process reads a half-written lock.
    await writeFile(`${path}.new`, JSON.stringify(owner), { mode: 0o600 })
    await rename(`${path}.new`, path)
  } catch (error) {
    await release()
    throw error
  }
  return { name, release }
}

// Also removes the locks of dead owners, which would otherwise be tested at each start.
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

// The other process may have released its lock after `readdir` listed it.
function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

// After a power cut, the content of a lock may be missing. Then its owner is dead too.
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
 * The kernel closes the socket when this process ends. Unlike a process id, no later process can have it, and other
 * containers see it. Undefined if the file system has no sockets; then the process id decides.
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
    // Only these two errors mean that no process listens. With others, such as a full backlog, the owner lives.
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '')))
    socket.once('connect', () => {
      resolve(true)
      socket.destroy()
    })
  })
  await near.close()
  return isAnswered
}

// The path of a socket has at most about 100 bytes. On Linux, every open folder also has this short path.
async function nearPath(folder: string): Promise<{ path: string; close(): Promise<void> }> {
  if (process.platform !== 'linux') return { path: folder, close: async () => undefined }
  const handle = await open(folder)
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/**
 * A later process may get the same id. On Linux, the boot and the clock tick of the start tell them apart; elsewhere
 * only being alive is known. Undefined if the process does not live.
 */
async function birthOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    // The program's name, in parentheses, may have spaces. The start time is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // State Z is a zombie: the process is dead, but its parent has not asked for its exit status.
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
