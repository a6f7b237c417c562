import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { dataOf, type ExportRequest } from '../../api/client.ts'
import { useApi } from '../../api/session.tsx'
import { Button } from '../../parts/button.tsx'
import { Failed } from '../../parts/states.tsx'
import { jobPath } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import type { useCount } from './asks.ts'
import styles from './new-export.module.css'
import { newKey } from './new-key.ts'

export function ExportBar({
  request,
  count,
  isToMend,
}: {
  readonly request: ExportRequest | undefined
  readonly count: ReturnType<typeof useCount>
  readonly isToMend: boolean
}) {
  const words = texts.newExport.send
  const { send, isSending, error } = useSend()
  const isKnown = count.isSettled && count.data !== undefined
  const users = isKnown ? count.data?.users : undefined
  const isEstimate = count.data?.is_estimate ?? false
  const isStuck = request === undefined || isToMend
  return (
    <div className={styles.bar}>
      {error === undefined ? null : <Failed error={error} title={words.failed} />}
      <div className={styles.barRow}>
        <p className={styles.barNote} role="status">
          {isStuck ? words.mend : noteOf(count, users, isEstimate)}
        </p>
        {isStuck ? <Button onPress={showMarked}>{words.show}</Button> : null}
        <Button
          look="primary"
          isDisabled={isStuck}
          isBusy={isSending}
          onPress={() => request && void send(request)}
        >
          {words.export(isStuck ? undefined : users, isEstimate)}
        </Button>
      </div>
    </div>
  )
}

// On a phone the bar hides most of the page, and what is marked may be far above.
function showMarked(): void {
  const marked = document.querySelector<HTMLElement>('main [aria-invalid="true"], main [role="alert"]')
  marked?.scrollIntoView({ block: 'center' })
  marked?.focus()
}

function noteOf(
  { isFetching, isSettled }: ReturnType<typeof useCount>,
  users: number | undefined,
  isEstimate: boolean,
): string {
  const words = texts.newExport.send
  if (users === 0) return words.none
  if (users !== undefined) return words.count(users, isEstimate)
  return isFetching || !isSettled ? words.counting : words.uncounted
}

/** Makes the job and opens its page. */
function useSend() {
  const api = useApi()
  const queries = useQueryClient()
  const [, go] = useLocation()
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<unknown>()
  // A second press for the same request, also after a lost answer, has the same key, and the server makes one job.
  const tried = useRef({ body: '', key: '' })
  const send = async (request: ExportRequest) => {
    const body = JSON.stringify(request)
    if (tried.current.body !== body) tried.current = { body, key: newKey() }
    setSending(true)
    setError(undefined)
    try {
      const params = { header: { 'Idempotency-Key': tried.current.key } }
      const job = await dataOf(api.POST('/api/v2/jobs/users-exports', { body: request, params }))
      await queries.invalidateQueries({ queryKey: ['jobs'] })
      go(jobPath(String(job.id)))
    } catch (cause) {
      setError(cause)
    } finally {
      setSending(false)
    }
  }
  return { send, isSending, error }
}
