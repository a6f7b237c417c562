import { lazy, Suspense } from 'react'
import type { Job } from '../../api/client.ts'
import { importCounts } from '../../jobs/request-facts.tsx'
import { Card, Facts } from '../../parts/layout.tsx'
import { Loading, Notice } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import { LeftOut } from '../import/left-out.tsx'

// The page of an export does not load the table.
const ImportErrors = lazy(async () => ({
  default: (await import('../import/import-errors.tsx')).ImportErrors,
}))

/** What an import did, and whom it refused. */
export function ImportResult({ job }: { readonly job: Job }) {
  const words = texts.job.imported
  if (job.summary === undefined) return null
  return (
    <>
      <Card title={words.title}>
        {job.dry_run === true ? (
          <Notice tone="info">
            <span>{words.wouldBe}</span>
          </Notice>
        ) : null}
        <Facts facts={importCounts(job)} />
        <LeftOut job={job} />
      </Card>
      <Suspense fallback={<Loading lines={4} />}>
        <ImportErrors job={job} />
      </Suspense>
    </>
  )
}
