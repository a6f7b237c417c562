-- 0017 small jobs
-- Small exports have places of their own in each worker. Their index keeps the look for one from reading past all others.
alter table muster.jobs add column is_small boolean not null default false;
create index jobs_small on muster.jobs (type, created_at) where status in ('pending', 'processing') and is_small;
