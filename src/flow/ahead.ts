/**
 * Makes the next item while the consumer uses the present one. At most one item waits, so memory stays bounded. If the
 * consumer stops early, the source is closed after the item that it is making.
 */
export async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next()
  try {
    for (let item = await next; item.done !== true; item = await next) {
      next = source.next()
      // The loop above throws the error at its turn. Without this handler Node would end the process before.
      next.catch(() => undefined)
      yield item.value
    }
  } finally {
    await source.return(undefined)
  }
}
