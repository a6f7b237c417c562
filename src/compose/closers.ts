/** Code that opens something adds its closer in the next line, so that nothing stays open if a later step fails. */
export interface Closers {
  add(close: () => unknown): void
  /** Adds `thing.stop` and returns the thing, so that one line opens it and adds its closer. */
  opened<T extends { stop(): unknown }>(thing: T): T
  /** A group whose closers run at the same time, so that a slow one leaves the others time before a forced exit. */
  together(): Closers
  /** One failing closer must not leave the others open, so all run. Fails with the first error after that. */
  closeAll(): Promise<void>
}

type Close = () => unknown

/** The last closer runs first, because a later thing may need an earlier one. */
export function newClosers(): Closers {
  return closersIn(lastFirst)
}

function closersIn(
  order: (closes: readonly Close[], failed: (error: unknown) => void) => Promise<void>,
): Closers {
  const closes: Close[] = []
  const closers: Closers = {
    add: (close) => void closes.push(close),
    opened: (thing) => {
      closers.add(() => thing.stop())
      return thing
    },
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

/**
 * Opens what is made of parts. If a step fails, the parts that are open are closed, and the step's error is reported: a
 * closer that fails then must not hide it.
 */
export async function openAll<T extends object>(
  open: (closers: Closers) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const closers = newClosers()
  try {
    return { ...(await open(closers)), stop: closers.closeAll }
  } catch (error) {
    await closers.closeAll().catch(() => undefined)
    throw error
  }
}
