-- 0003 keys and clients
-- Secrets of the deployment, shared by all its machines: the key that signs tokens, the one that signs links.
create table muster.secrets (
  name text primary key,
  value jsonb not null
);
-- Who may ask for a token. Secrets are kept as scrypt hashes.
create table muster.clients (
  client_id text primary key,
  name text not null,
  secret_hash text not null,
  created_at timestamptz(3) not null
);
create table muster.client_grants (
  client_id text not null references muster.clients (client_id) on delete cascade,
  audience text not null,
  scope text[] not null,
  primary key (client_id, audience)
);
