import { useEffect, useState } from 'react'
import { storeDraft, storedDraft } from '../../jobs/stored-draft.ts'
import { type Draft, draftOf, requestOf } from './draft.ts'

/** Begins with what another page handed over, or with what was chosen before a reload. */
export function useDraft() {
  const [draft, setDraft] = useState<Draft>(() => draftOf(storedDraft()))
  useEffect(() => {
    const request = requestOf(draft)
    if (typeof request !== 'string') storeDraft(request)
  }, [draft])
  return { draft, change: (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part })) }
}
