-- 0013 lists of jobs
-- Lists of jobs come newest first. Each index gives the newest jobs of one type and one status, of all connections or of
-- one. So a page costs the same, however many jobs its filters leave out.
create index jobs_list on muster.jobs (type, status, created_at, id);
create index jobs_of_connection on muster.jobs (connection_id, type, status, created_at, id)
  where connection_id is not null;
-- For the sweeper alone. With an index of created_at itself, PostgreSQL takes that one for lists, and reads all jobs.
drop index muster.jobs_age;
create index jobs_age on muster.jobs ((created_at at time zone 'UTC'));
