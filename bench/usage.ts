import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** CPU seconds used so far, by process and thread. */
export interface CpuSeconds {
  /** The processes of PostgreSQL's sessions. */
  readonly database: number
  /** Muster's HTTP thread. On the embedded engine it also runs the jobs. */
  readonly requests: number
  /** Muster's jobs thread: driver, framing, compression calls, hashing. */
  readonly jobs: number
  /** The thread pool of libuv: zlib, and writing to the disk. */
  readonly pool: number
  /** Child processes of Muster that have ended: igzip. */
  readonly children: number
  /** Garbage collection and compilation. */
  readonly engine: number
}

// Linux counts in hundredths of a second.
const TICKS_PER_SECOND = 100

interface Cpu {
  readonly own: number
  readonly endedChildren: number
  /** The nice value: higher means lower priority. */
  readonly nice: number
}

/** CPU seconds of a process or thread, and of its children that have ended (proc(5), fields 14 to 17 and 19). */
function cpuOf(statPath: string): Cpu {
  const stat = read(statPath)
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0, , nice = 0] = fields.slice(11, 17)
  return {
    own: (user + system) / TICKS_PER_SECOND,
    endedChildren: (endedUser + endedSystem) / TICKS_PER_SECOND,
    nice,
  }
}

/** CPU seconds of this process's children that have ended, and of theirs. */
export function endedChildrenSeconds(): number {
  return cpuOf('/proc/self/stat').endedChildren
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended since it was listed.
    return ''
  }
}

/** What Muster and its database have used so far; without the pid of a local postmaster the database counts 0. */
export function cpuSeconds(musterPid: number, postmasterPid: number | undefined): CpuSeconds {
  const process = cpuOf(`/proc/${musterPid}/stat`)
  const threads = readdirSync(`/proc/${musterPid}/task`).map((id) => {
    const path = `/proc/${musterPid}/task/${id}`
    const { own, nice } = cpuOf(`${path}/stat`)
    const isMain = Number(id) === musterPid
    return { user: userOf(isMain, nice > process.nice, read(`${path}/comm`).trim()), seconds: own }
  })
  const of = (wanted: ThreadUser): number =>
    threads.filter(({ user }) => user === wanted).reduce((sum, { seconds }) => sum + seconds, 0)
  return {
    database: postmasterPid === undefined ? 0 : databaseSeconds(postmasterPid),
    requests: of('requests'),
    jobs: of('jobs'),
    pool: of('pool'),
    children: process.endedChildren,
    engine: of('engine'),
  }
}

type ThreadUser = 'requests' | 'jobs' | 'pool' | 'engine'

// The jobs thread is the one with the higher nice value.
function userOf(isMain: boolean, givesWay: boolean, name: string): ThreadUser {
  if (isMain) return 'requests'
  if (givesWay) return 'jobs'
  return /^libuv-worker|^node$/.test(name) ? 'pool' : 'engine'
}

// Sessions that have ended count with the postmaster, which has waited for them.
function databaseSeconds(postmasterPid: number): number {
  const children = read(`/proc/${postmasterPid}/task/${postmasterPid}/children`).trim().split(' ')
  const running = children.reduce(
    (seconds, pid) => seconds + (pid === '' ? 0 : cpuOf(`/proc/${pid}/stat`).own),
    0,
  )
  const postmaster = cpuOf(`/proc/${postmasterPid}/stat`)
  return running + postmaster.own + postmaster.endedChildren
}

export function cpuBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  const between = (name: keyof CpuSeconds): number => Number((after[name] - before[name]).toFixed(2))
  return {
    database: between('database'),
    requests: between('requests'),
    jobs: between('jobs'),
    pool: between('pool'),
    children: between('children'),
    engine: between('engine'),
  }
}

/** Resident memory of a process in MiB: now, and at most since the last `forgetPeak`. */
export function memoryMiB(pid: number): { now: number; peak: number } {
  const status = read(`/proc/${pid}/status`)
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0)
  return { now: kib('VmRSS') / 1024, peak: kib('VmHWM') / 1024 }
}

export function forgetPeak(pid: number): void {
  // proc(5): 5 resets the peak resident set size.
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
