import { useEffect, useState } from 'react'

/** The value once it has not changed for so long. The first value counts at once. */
export function useSettled<T extends string | undefined>(value: T, afterMs: number) {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs)
    return () => clearTimeout(timer)
  }, [value, afterMs])
  return { settled, isSettled: settled === value }
}
