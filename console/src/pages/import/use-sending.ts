import { useEffect, useRef, useState } from 'react'
import type { Job } from '../../api/client.ts'
import { useSession } from '../../api/session.tsx'
import { type ImportOptions, isRefusedToken, isStop, newKey, sendFile } from './send-file.ts'

/** One file on its way, or what came of it. */
export type Run =
  | { readonly kind: 'sending'; readonly isDry: boolean; readonly sent: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly isDry: boolean; readonly error: unknown }
  | { readonly kind: 'job'; readonly isDry: boolean; readonly job: Job }

/** Sends a file. It ends with the page: a browser sends only while the page is there. */
export function useSending(file: File | undefined, options: ImportOptions | undefined) {
  const { session, markExpired } = useSession()
  const [run, setRun] = useState<Run>()
  const stop = useRef<AbortController>(undefined)
  const key = useRef<{ readonly of: unknown; readonly key: string }>(undefined)
  useEffect(() => () => stop.current?.abort(), [])
  useLeaveWarning(run?.kind === 'sending')

  const start = (isDry: boolean) => {
    if (file === undefined || options === undefined || session === undefined) return
    const controller = new AbortController()
    stop.current = controller
    // Trying again after an answer that was lost must not make a second job.
    const of = JSON.stringify([file.name, file.size, file.lastModified, options, isDry])
    const isRetry = run?.kind === 'failed' && key.current?.of === of
    const used = isRetry && key.current !== undefined ? key.current : { of, key: newKey() }
    key.current = used
    setRun({ kind: 'sending', isDry, sent: 0 })
    const sending = {
      token: session.access_token,
      key: used.key,
      isDry,
      signal: controller.signal,
      onSent: (sent: number) =>
        setRun((before) => (before?.kind === 'sending' ? { ...before, sent } : before)),
    }
    sendFile(file, options, sending).then(
      (job) => setRun({ kind: 'job', isDry, job }),
      (error: unknown) => {
        if (isRefusedToken(error)) markExpired()
        setRun(isStop(error) ? { kind: 'stopped' } : { kind: 'failed', isDry, error })
      },
    )
  }
  return { run, start, stop: () => stop.current?.abort(), forget: () => setRun(undefined) }
}

// The browser asks whether to leave, in its own words.
function useLeaveWarning(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return undefined
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [isOn])
}
