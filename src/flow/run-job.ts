import type { LiveJob } from '../domain/job.ts'
import type { Outcome } from '../jobs/job-store.ts'
import type { Run } from './run.ts'
import { type RunExportDeps, runExport } from './run-export.ts'
import { type RunImportDeps, runImport } from './run-import.ts'
import { type RunVerificationDeps, runVerification } from './run-verification.ts'

export interface RunJobDeps {
  readonly exporting: RunExportDeps
  readonly importing: RunImportDeps
  readonly verifying: RunVerificationDeps
}

export function runJob(job: LiveJob, deps: RunJobDeps, run: Run): Promise<Outcome> {
  switch (job.type) {
    case 'users_export':
      return runExport(job, deps.exporting, run)
    case 'users_import':
      return runImport(job, deps.importing, run)
    case 'verification_email':
      return runVerification(job, deps.verifying, run.signal)
  }
}
