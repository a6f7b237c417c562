-- 0011 uploads
-- A users file that is being received. It counts as an active import before its job is in muster.jobs. Its process
-- renews leased_until; if the process dies, the upload stops counting at that time.
create table muster.uploads (
  job_id text primary key,
  leased_until timestamptz(3) not null
);
