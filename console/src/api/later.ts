import { useEffect, useState } from 'react'

/** The value as it was when it last stood still for `ms`: a request for each key that is pressed would be too many. */
export function useLater<T>(value: T, ms = 300): T {
  const [late, setLate] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return late
}
