-- 0010 one folder of files
-- Whose files the jobs' rows speak of: a process with another folder must not work on this database. One row; place is
-- for people, seen_at is told now and then by the process that has the folder.
create table muster.object_folder (
  only_row boolean primary key default true check (only_row),
  folder_id text not null,
  place text not null,
  seen_at timestamptz not null
);
