export interface Pool<Thing> {
  take(): Thing
  /** Exactly once for each thing that was taken, or two callers would get the same one. */
  giveBack(thing: Thing): void
}

/** Things are used again and again, so that they need not be made anew. At most `idleMax` unused ones are kept. */
export function newPool<Thing>(make: () => Thing, idleMax: number): Pool<Thing> {
  const idle: Thing[] = []
  return {
    take: () => idle.pop() ?? make(),
    giveBack: (thing) => {
      if (idle.length < idleMax) idle.push(thing)
    },
  }
}
