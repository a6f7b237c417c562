export interface Pool<Thing> {
  take(): Thing
  /** Once for each that was taken, by whoever needs it no more. */
  giveBack(thing: Thing): void
}

/** Things that are used again and again. Of those that nobody uses at most `idleMax` are kept. */
export function newPool<Thing>(make: () => Thing, idleMax: number): Pool<Thing> {
  const idle: Thing[] = []
  return {
    take: () => idle.pop() ?? make(),
    giveBack: (thing) => {
      if (idle.length < idleMax) idle.push(thing)
    },
  }
}
