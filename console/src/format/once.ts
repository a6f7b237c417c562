/** Makes the value when it is first asked for. A formatter of the browser takes some 20 ms to make on a slow computer. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
