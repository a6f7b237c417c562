-- 0012 receipts
-- The signed statement of each completed export (docs/receipts.md). It outlives its job.
create table muster.receipts (
  job_id text primary key,
  tenant text not null,
  -- from 1, without a gap within a tenant
  position bigint not null,
  jws text not null,
  -- of jws, in hex
  sha256 text not null,
  made_at timestamptz(3) not null,
  unique (tenant, position)
);
create index receipts_age on muster.receipts (made_at);
-- The last receipt of each tenant. The row stays when receipts are forgotten, so that the chain goes on.
create table muster.receipt_chains (
  tenant text primary key,
  position bigint not null,
  -- null only inside the transaction that makes the first receipt
  sha256 text
);
