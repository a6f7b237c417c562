import { useEffect, useState } from 'react'
import { storeDraft, storedDraft } from '../../jobs/stored-draft.ts'
import { type Draft, draftOf, requestOf } from './draft.ts'

/** Begins with what another page handed over, or with what was chosen before a reload. */
export function useDraft() {
  const [draft, setDraft] = useState<Draft>(() => draftOf(storedDraft()))
  const [removed, setRemoved] = useState<Draft>()
  useEffect(() => {
    const request = requestOf(draft)
    if (typeof request !== 'string') storeDraft(request)
  }, [draft])
  return {
    draft,
    change: (part: Partial<Draft>) => {
      setRemoved(undefined)
      setDraft((before) => ({ ...before, ...part }))
    },
    startOver: () => {
      setRemoved(draft)
      setDraft(draftOf(undefined))
    },
    /** Undefined unless starting over was the last change. */
    bringBack:
      removed &&
      (() => {
        setRemoved(undefined)
        setDraft(removed)
      }),
  }
}
