import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Abortable, abortableWithin } from '../domain/abort.ts'
import { Failure } from '../domain/failure.ts'
import type { Lent } from '../domain/lent.ts'
import { untilAborted } from '../domain/until-aborted.ts'
import { filledBlocks } from './blocks.ts'
import type { Compressor, Input } from './compressor.ts'
import { type Contents, GZIP_HEADER_BYTES } from './gzip-member.ts'
import { inOrder } from './in-order.ts'
import { openLentPipe } from './lent-pipe.ts'
import { newMemberCheck } from './member-check.ts'
import { newPool } from './pool.ts'
import { newStallWatch, type StallWatch } from './stall-watch.ts'
import { triedOn } from './tried-on.ts'

export interface IgzipOptions {
  readonly program?: string
  readonly level: number
  /** So many bytes of lines are gathered before they are written to the program. This bounds the memory. */
  readonly blockBytes: number
  readonly trySeconds?: number
  /** The program fails if it neither takes lines nor gives bytes for this long, while both are waited for. */
  readonly stallSeconds?: number
}

// Not the PATH of the user who started Muster: another program of this name could be in it. The program does not see
// the rest of that environment either, which holds secrets.
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin' }
const TRY_SECONDS = 5
// igzip takes a block in milliseconds. A machine that is short of memory may stop it for seconds, but a stopped igzip
// stays stopped.
const STALL_SECONDS = 60
// An input may have this many blocks ready before its turn. This bounds the memory.
const BLOCKS_AHEAD = 8
// So many blocks are kept from one export to the next, so that they need not be allocated again.
const BLOCKS_IDLE_MAX = 8
const COMPLAINT_LENGTH_MAX = 500

/**
 * igzip, the program of Intel's ISA-L (Debian: isal), needs a third of zlib's CPU for files of the same size. It is
 * tried with one line. Fails with `compressor_failed` if there is no such program that works.
 */
export async function igzipCompressor(options: IgzipOptions): Promise<Compressor> {
  const seconds = options.trySeconds ?? TRY_SECONDS
  const timeOver = AbortSignal.timeout(seconds * 1000)
  try {
    const header = await triedHeader(options, timeOver)
    return compressorOf(options, header)
  } catch (error) {
    if (timeOver.aborted) throw failed(options, `was not done after ${seconds} seconds`, error)
    throw error instanceof Failure ? error : failed(options, `made no gzip: ${String(error)}`, error)
  }
}

/** The program begins every file with this header, so a second header shows a second member. */
async function triedHeader(options: IgzipOptions, signal: AbortSignal): Promise<Uint8Array> {
  const file = await triedOn(compressorOf(options), signal)
  if (file === undefined) throw failed(options, 'made something else of it')
  const header = file.subarray(0, GZIP_HEADER_BYTES)
  if (file.lastIndexOf(header) !== 0) throw failed(options, 'made more than one gzip member')
  return header
}

function failed({ program = 'igzip' }: IgzipOptions, how: string, cause?: unknown): Failure {
  return new Failure('compressor_failed', `${program} was to compress the file, and ${how}.`, { cause })
}

/** Fails with `compressor_failed` if the program does, if it stalls, or if the file is not one member of the lines. */
function compressorOf(options: IgzipOptions, header?: Uint8Array): Compressor {
  const blocksOf = blockMaker(options.blockBytes)
  return async function* (inputs, inputsAhead, signal) {
    const pipe = await openLentPipe().catch((error: Error) => {
      throw failed(options, `could not be given a pipe: ${error.message}`, error)
    })
    const leaving = abortableWithin(signal)
    const over = leaving.signal
    const watch = stallWatch(options, leaving)
    try {
      const { stdin, ended } = await start(options, pipe.writer, over)
      pipe.writer.destroy()
      // Even if the system cannot end the program, nobody waits for its pipe any more.
      over.addEventListener('abort', pipe.close)
      const order = { ahead: inputsAhead, chunksMax: BLOCKS_AHEAD, signal: over }
      const feeding = feed(stdin, inOrder(inputs, blocksOf, order), watch)
      feeding.catch((error: unknown) => leaving.abort(error))
      // Not awaited here, since an input may still be waiting when the program ends.
      void ended.then((failure) => failure !== undefined && leaving.abort(failure))
      const check = newMemberCheck(header)
      watch.reader(true)
      for await (const chunk of pipe.chunks) {
        watch.reader(false)
        check.see(chunk.bytes)
        yield chunk
        watch.reader(true)
      }
      const [fed] = await untilAborted(
        () => Promise.all([feeding, ended]),
        over,
        () => undefined,
      )
      signal.throwIfAborted()
      const complaint = check.complaint(fed)
      if (complaint !== undefined) throw failed(options, complaint)
    } finally {
      watch.stop()
      leaving.abort()
      leaving.release()
      pipe.close()
    }
  }
}

function stallWatch(options: IgzipOptions, leaving: Abortable): StallWatch {
  const seconds = options.stallSeconds ?? STALL_SECONDS
  return newStallWatch(seconds, () => leaving.abort(failed(options, `did nothing for ${seconds} seconds`)))
}

interface Program {
  readonly stdin: Writable
  readonly ended: Promise<Failure | undefined>
}

async function start(options: IgzipOptions, output: Socket, over: AbortSignal): Promise<Program> {
  const child = started(options, output, over)
  let complaint = ''
  const ended = new Promise<Failure | undefined>((resolve) => {
    child.once('error', (error) => resolve(failed(options, `could not be started: ${error.message}`, error)))
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : failed(options, `ended with ${signal ?? `code ${code}`}${complaint}`)),
    )
  })
  const { stdin, stderr } = child
  // If the system has no descriptors left, both are missing, whatever the types say, and the error comes later.
  if (!stdin || !stderr) throw (await ended) ?? failed(options, 'has no input')
  // The write that waits gets this error. Without a listener Node would end the process.
  stdin.on('error', () => undefined)
  stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint || ': '}${text}`.slice(0, COMPLAINT_LENGTH_MAX)
  })
  return { stdin, ended }
}

function started(options: IgzipOptions, output: Socket, over: AbortSignal) {
  const { program = 'igzip', level } = options
  try {
    return spawn(program, ['-n', '-c', `-${level}`], {
      stdio: ['pipe', output, 'pipe'],
      env: ENVIRONMENT,
      signal: over,
      killSignal: 'SIGKILL',
      // In a process group of its own: Ctrl-C is for Muster, which lets exports finish.
      detached: true,
    })
  } catch (error) {
    const how = error instanceof Error ? error.message : String(error)
    throw failed(options, `could not be started: ${how}`, error)
  }
}

function blockMaker(blockBytes: number): (input: Input) => AsyncGenerator<Lent> {
  const pool = newPool(() => ({ block: new Uint8Array(blockBytes) }), BLOCKS_IDLE_MAX)
  return async function* (input) {
    for await (const { holder, bytes } of filledBlocks(input(), pool.take)) {
      yield { bytes: holder.block.subarray(0, bytes), release: () => pool.giveBack(holder) }
    }
  }
}

async function feed(stdin: Writable, blocks: AsyncIterable<Lent>, watch: StallWatch): Promise<Contents> {
  let crc = 0
  let length = 0
  for await (const { bytes, release } of blocks) {
    crc = crc32(bytes, crc)
    length += bytes.length
    watch.input(true)
    const isWritten = await written(stdin, bytes)
    release()
    if (!isWritten) break
    watch.input(false)
  }
  stdin.end()
  watch.input(true)
  return { crc, bytes: length }
}

function written(stdin: Writable, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => stdin.write(bytes, (error) => resolve(!error)))
}
