import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

const MINUTES_KEPT = 30

/** State that is still there when a person comes back to a page. Signing in as another client drops it. */
export function useKept<T>(name: string, initial: T): readonly [T, (value: T) => void] {
  const queries = useQueryClient()
  const key = ['kept', name]
  const [value, setValue] = useState<T>(() => queries.getQueryData<T>(key) ?? initial)
  const keep = (next: T) => {
    queries.setQueryDefaults(key, { gcTime: MINUTES_KEPT * 60_000 })
    queries.setQueryData(key, next)
    setValue(next)
  }
  return [value, keep]
}
