import { type Clock, systemClock } from '../domain/clock.ts'
import { inStyle, isTerminal } from './terminal.ts'

/** What a command says while it works, on standard error: standard output may be the file itself. */
export interface Progress {
  /** How far the work is. `share` goes from 0 to 1, and is undefined if it is not known. */
  show(share: number | undefined, text: string): void
  /** A sentence that stays. A sentence like the one before it is left out. */
  say(text: string): void
  /** Must be called at the end, or the bar stays on the terminal. */
  stop(): void
}

const BAR_WIDTH = 24
// A terminal shows movement at ten updates a second. A log is read later, so it gets few lines.
const [TERMINAL_SECONDS, LOG_SECONDS] = [0.1, 10]

// The progress bar of @clack/prompts reads the keyboard, and at Ctrl-C it exits with 0 before a job is cancelled.
export function newProgress(
  stream: NodeJS.WriteStream = process.stderr,
  clock: Clock = systemClock,
): Progress {
  const hasBar = isTerminal(stream)
  // Most work ends before a log needs its first line.
  let shownAt = hasBar ? 0 : clock.now().getTime() / 1000
  let isShown = false
  let said = ''
  const clear = (): void => {
    if (isShown) stream.write('\r\x1b[K')
    isShown = false
  }
  return {
    show: (share, text) => {
      const now = clock.now().getTime() / 1000
      if (now - shownAt < (hasBar ? TERMINAL_SECONDS : LOG_SECONDS)) return
      shownAt = now
      if (!hasBar) return void stream.write(`${text}\n`)
      // One line only: a longer one would wrap, and could not be removed.
      const width = Math.max((stream.columns ?? 80) - BAR_WIDTH - 3, 0)
      stream.write(`\r\x1b[K${barOf(share ?? 0, stream)} ${text.slice(0, width)}`)
      isShown = true
    },
    say: (text) => {
      if (text === said) return
      said = text
      clear()
      stream.write(`${text}\n`)
    },
    stop: clear,
  }
}

function barOf(share: number, stream: NodeJS.WriteStream): string {
  const done = Math.round(Math.min(Math.max(share, 0), 1) * BAR_WIDTH)
  return `${inStyle('cyan', '━'.repeat(done), stream)}${inStyle('dim', '━'.repeat(BAR_WIDTH - done), stream)}`
}

export function usersIn(count: number): string {
  return `${counted(count)} ${count === 1 ? 'user' : 'users'}`
}

/** For people: 1,234,567. */
export function counted(count: number): string {
  return count.toLocaleString('en-US')
}
