/** What must be closed at the end. Whatever makes a thing adds its closer in the next line. */
export interface Closers {
  add(close: () => unknown): void
  /** Makes closers that are closed at the same time as each other, in the place of one closer here. */
  together(): Closers
  /** Closes each once, even when another fails, and then fails with the first error. */
  closeAll(): Promise<void>
}

type Close = () => unknown

/** Closes the last first: a thing may need what was made before it. */
export function newClosers(): Closers {
  return closersIn(lastFirst)
}

function closersIn(
  order: (closes: readonly Close[], failed: (error: unknown) => void) => Promise<void>,
): Closers {
  const closes: Close[] = []
  const closers: Closers = {
    add: (close) => void closes.push(close),
    together: () => {
      const group = closersIn(atOnce)
      closers.add(group.closeAll)
      return group
    },
    closeAll: async () => {
      const errors: unknown[] = []
      await order(closes.splice(0), (error) => errors.push(error))
      if (errors.length > 0) throw errors[0]
    },
  }
  return closers
}

async function lastFirst(closes: readonly Close[], failed: (error: unknown) => void): Promise<void> {
  for (const close of closes.toReversed()) await closed(close).catch(failed)
}

async function atOnce(closes: readonly Close[], failed: (error: unknown) => void): Promise<void> {
  await Promise.all(closes.map((close) => closed(close).catch(failed)))
}

async function closed(close: Close): Promise<void> {
  await close()
}
