-- 0009 times of their own
-- The last millisecond (since 1970) that was given to a user as created_at or updated_at. Clients page by these times:
-- no two users of an import share one, and none is given that lies before one given earlier. One row.
create table muster.user_times (
  only_row boolean primary key default true check (only_row),
  last_ms bigint not null
);
insert into muster.user_times (last_ms) values (0);
