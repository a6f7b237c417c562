import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { Failure } from '../domain/failure.ts'

// Node's own reads take 64 KiB at most. With twice as much, an export needs fewer reads.
const READ_BYTES = 128 * 1024

const TAKER = Symbol('taker')

type Taker = (bytes: Buffer) => void

interface LendingSocket extends Socket {
  [TAKER]?: Taker
}

/**
 * Reads into one buffer over and over. Node makes a new one for each read, and the garbage collector goes through the
 * whole heap for every 64 MB of them: a quarter of what an export costs this process (measured,
 * docs/adr/0010-lines-in-bundles.md).
 */
export function newLendingSocket(): Socket {
  const onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (length, buffer) => {
      const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length)
      const taker = socket[TAKER]
      if (taker === undefined) socket.emit('data', Buffer.from(bytes))
      else taker(bytes)
      return true
    },
  }
  // `onread` is in Node's documentation but not in its types.
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { onread }
  const socket: LendingSocket = new Socket(options)
  return socket
}

interface Diverted {
  readonly toProtocol: Taker
  readonly giveBack: () => void
}

/**
 * `taker` gets the bytes instead of the socket's reader. The bytes of a lending socket are lent: the next read
 * overwrites them. A taker that needs them longer pauses the socket or copies them.
 */
export function divert(socket: Socket, taker: Taker): Diverted {
  const [protocol] = socket.listeners('data') as Taker[]
  if (protocol === undefined)
    throw new Failure('internal', 'The connection to PostgreSQL has no reader of its own.')
  const lending: LendingSocket = socket
  socket.off('data', protocol)
  socket.on('data', taker)
  lending[TAKER] = taker
  return {
    toProtocol: protocol,
    giveBack: () => {
      delete lending[TAKER]
      socket.off('data', taker)
      socket.on('data', protocol)
    },
  }
}
