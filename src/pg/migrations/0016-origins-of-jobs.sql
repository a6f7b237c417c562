-- 0016 origins of jobs
-- The request that made a job, so that the lines of a worker's log name it: {"requestId": …}.
alter table muster.jobs add column origin jsonb;
