-- 0019 codes of failed jobs
-- The stable name of the failure (docs/errors.md), so that a client need not read the message; null of other jobs, and of
-- jobs that failed before this step.
alter table muster.jobs add column failure_code text;
