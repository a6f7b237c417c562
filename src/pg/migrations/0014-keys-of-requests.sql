-- 0014 keys of requests
-- The Idempotency-Key of a request that made a job. The primary key decides which of two requests at the same time makes
-- the job. A key goes with its job, and at the latest when the job expires.
create table muster.job_keys (
  client_id text not null,
  key text not null,
  job_id text not null unique references muster.jobs (id) on delete cascade,
  request_hash text not null,
  -- of the job
  created_at timestamptz(3) not null,
  primary key (client_id, key)
);
