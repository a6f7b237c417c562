-- 0006 tries of jobs
-- A job is given up after too many workers died over it, or too many passing failures, counted since it last made
-- progress. Each kind of job has a lane of its own, hence the index.
alter table muster.jobs
  -- claims since the last progress, without those that ended in order
  add column claims integer not null default 0,
  -- passing failures since the last progress
  add column failures integer not null default 0,
  -- stored batches of an import when it was last claimed or postponed: more of them are progress
  add column batches bigint not null default 0,
  -- users that an import has refused so far
  add column refused bigint not null default 0;
drop index muster.jobs_queue;
create index jobs_queue on muster.jobs (type, created_at) where status in ('pending', 'processing');
