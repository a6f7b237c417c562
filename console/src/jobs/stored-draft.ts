import type { ExportRequest } from '../api/client.ts'

/** It ends with the tab. */
const KEY = 'muster.export.draft'

/** What the page for a new export begins with, also after a reload. */
export function storeDraft(request: ExportRequest): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(request))
  } catch {
    // A browser may forbid it. Then a reload starts over.
  }
}

/** Of any shape: an older version may have stored it. */
export function storedDraft(): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
  } catch {
    return null
  }
}
