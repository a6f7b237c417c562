-- 0002 jobs
-- The memory of what was asked, which is also the queue.
create table muster.jobs (
  id text primary key,
  type text not null,
  status text not null,
  created_at timestamptz(3) not null,
  connection_id text,
  connection_name text,
  -- the request as parsed; null once expired
  request jsonb,
  -- a worker's claim: null when nobody holds it, void when in the past
  leased_until timestamptz(3),
  fence bigint not null default 0,
  percentage_done integer,
  time_left_seconds integer,
  object_key text,
  receipt jsonb,
  summary jsonb,
  status_details text
);
create index jobs_queue on muster.jobs (created_at) where status in ('pending', 'processing');
create index jobs_age on muster.jobs (created_at);
create table muster.job_errors (
  job_id text not null references muster.jobs (id) on delete cascade,
  position integer not null,
  error jsonb not null,
  primary key (job_id, position)
);
