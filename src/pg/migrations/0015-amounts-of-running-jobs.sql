-- 0015 amounts of running jobs
-- Users and bytes of a running job at the last renewal of its lease, for watchers in any process; null of other jobs.
alter table muster.jobs add column amounts jsonb;
