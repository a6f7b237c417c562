import { useEffect, useState } from 'react'
import { type Draft, draftOf, requestOf } from './draft.ts'

/**
 * The request that is being put together, as JSON. Another page hands over a request here, and a reload finds what was
 * chosen. It ends with the tab.
 */
const DRAFT_KEY = 'muster.export.draft'

export function useDraft() {
  const [draft, setDraft] = useState<Draft>(stored)
  useEffect(() => {
    const request = requestOf(draft)
    if (typeof request === 'string') return
    try {
      sessionStorage.setItem(DRAFT_KEY, JSON.stringify(request))
    } catch {
      // A browser may forbid it. Then a reload starts over.
    }
  }, [draft])
  return { draft, change: (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part })) }
}

function stored(): Draft {
  try {
    return draftOf(JSON.parse(sessionStorage.getItem(DRAFT_KEY) ?? 'null'))
  } catch {
    return draftOf(undefined)
  }
}
