/** The answer, or what `late` gives if there is none after `seconds`. The work for the answer goes on. */
export async function inTime<T>(answer: Promise<T>, seconds: number, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), seconds * 1000)
  })
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
