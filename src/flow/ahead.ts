/**
 * The same items, the next one being made while the present one is used: at most one waits. Leaving the loop
 * early closes the source, once the item under way is made.
 */
export async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next()
  try {
    for (let item = await next; item.done !== true; item = await next) {
      next = source.next()
      // Thrown when its turn comes; until then nobody waits for it, which would end the process.
      next.catch(() => undefined)
      yield item.value
    }
  } finally {
    await source.return(undefined)
  }
}
