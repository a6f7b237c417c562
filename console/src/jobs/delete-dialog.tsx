import { useState } from 'react'
import { dataOf, type Job } from '../api/client.ts'
import { Problem } from '../api/problem.ts'
import { useApi } from '../api/session.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Row } from '../parts/layout.tsx'
import { Failed } from '../parts/states.tsx'
import { texts } from '../texts/texts.ts'
import { hasEnded } from './job-state.ts'
import { whatOf } from './job-words.tsx'

interface DeleteDialogProps {
  readonly job: Job
  onClose(): void
  onDeleted(): void
}

/** Asks first. Deleting a job that runs cancels it. */
export function DeleteDialog({ job, onClose, onDeleted }: DeleteDialogProps) {
  const api = useApi()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const words = texts.jobs.delete
  const stage = hasEnded(job) ? 'ended' : 'running'
  const remove = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await dataOf(api.DELETE('/api/v2/jobs/{id}', { params: { path: { id: job.id } } }))
      onDeleted()
    } catch (problem) {
      // Somebody else was faster.
      if (problem instanceof Problem && problem.status === 404) return onDeleted()
      setError(problem)
      setBusy(false)
    }
  }
  return (
    <Dialog title={words.title[stage]} onClose={onClose}>
      <p>
        <strong>{whatOf(job)}</strong>
      </p>
      <p>{consequenceOf(job)}</p>
      {error === undefined ? null : <Failed error={error} title={words.failed} />}
      <Row isAtEnd>
        <Button onPress={onClose} isDisabled={isBusy}>
          {words.keep[stage]}
        </Button>
        <Button look="danger" onPress={() => void remove()} isDisabled={isBusy} autoFocus>
          {isBusy ? words.busy : words.confirm[stage]}
        </Button>
      </Row>
    </Dialog>
  )
}

function consequenceOf(job: Job): string {
  const words = texts.jobs.delete
  if (job.type === 'users_import') return hasEnded(job) ? words.importEnded : words.importRuns
  if (job.type === 'verification_email' || job.status === 'expired' || job.status === 'failed')
    return words.other
  return hasEnded(job) ? words.file : words.exportRuns
}
