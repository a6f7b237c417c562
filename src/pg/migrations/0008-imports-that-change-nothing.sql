-- 0008 an import that brings nothing new is no change
-- An import marks whom it has met. That alone is no change of a user, and no reason for an export of changes to have
-- the user again. Nobody else writes import_number.
create or replace function muster.note_change() returns trigger language plpgsql as $$
declare
  import_number bigint := new.import_number;
  is_change boolean := true;
begin
  if new.import_number is distinct from old.import_number then
    new.import_number := old.import_number;
    -- Most updates give a new time: then nothing else need be compared.
    is_change := new.updated_at is distinct from old.updated_at or new is distinct from old;
    new.import_number := import_number;
  end if;
  if is_change then
    new.changed_at := clock_timestamp();
    new.changed_by := pg_current_xact_id();
  end if;
  return new;
end $$;
