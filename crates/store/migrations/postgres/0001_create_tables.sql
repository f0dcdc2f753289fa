-- Instants are integer microseconds since 1970-01-01 UTC; durations end in `_us`; truth values are 0 or 1.

-- The clock by which leases expire. Every node reads this one, never its own.
CREATE VIEW database_clock AS
  SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now_at;

CREATE TABLE revision (
  id BIGINT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO revision (id, value) VALUES (1, 0);

CREATE TABLE vendor (
  slug TEXT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  format TEXT NOT NULL,
  evidence TEXT NOT NULL,
  poll_url TEXT,
  component_filter TEXT NOT NULL,
  interval_us BIGINT NOT NULL,
  active BIGINT NOT NULL,
  watched_since BIGINT NOT NULL,
  page_name TEXT NOT NULL,
  page_url TEXT NOT NULL,
  page_time_zone TEXT,
  page_updated_at BIGINT,
  indicator TEXT,
  warnings TEXT NOT NULL DEFAULT '[]',
  overall TEXT NOT NULL,
  last_ok_at BIGINT,
  failing_since BIGINT,
  failures BIGINT NOT NULL,
  last_error TEXT,
  next_look_at BIGINT NOT NULL,
  lease_owner TEXT,
  lease_epoch BIGINT NOT NULL,
  lease_until BIGINT NOT NULL
);
CREATE INDEX vendor_by_next_look ON vendor (next_look_at) WHERE active = 1;

CREATE TABLE component (
  vendor TEXT NOT NULL REFERENCES vendor (slug),
  component TEXT NOT NULL,
  position BIGINT NOT NULL,
  name TEXT NOT NULL,
  group_name TEXT,
  state TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (vendor, component)
);

-- States as we saw them. Component '' is the whole page.
CREATE TABLE state_window (
  vendor TEXT NOT NULL REFERENCES vendor (slug),
  component TEXT NOT NULL,
  from_at BIGINT NOT NULL,
  until_at BIGINT,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (vendor, component, from_at)
);

CREATE TABLE document (
  vendor TEXT NOT NULL REFERENCES vendor (slug),
  url TEXT NOT NULL,
  etag TEXT,
  last_modified TEXT,
  body_sha256 BYTEA,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (vendor, url)
);

CREATE TABLE raw_body (
  sha256 BYTEA NOT NULL PRIMARY KEY,
  gzip BYTEA NOT NULL,
  size_bytes BIGINT NOT NULL
);

CREATE TABLE sighting (
  vendor TEXT NOT NULL REFERENCES vendor (slug),
  url TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  body_sha256 BYTEA NOT NULL REFERENCES raw_body (sha256),
  PRIMARY KEY (vendor, url, first_seen_at)
);
CREATE INDEX sighting_by_body ON sighting (body_sha256);

CREATE TABLE incident (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  origin TEXT NOT NULL,
  source TEXT NOT NULL,
  external_id TEXT,
  kind TEXT NOT NULL,
  impact TEXT NOT NULL,
  state TEXT NOT NULL,
  phase TEXT NOT NULL,
  title TEXT NOT NULL,
  url TEXT,
  components TEXT NOT NULL,
  published_at BIGINT NOT NULL,
  resolved_at BIGINT,
  began_at BIGINT,
  ended_at BIGINT,
  seen_at BIGINT NOT NULL,
  scheduled_from BIGINT,
  scheduled_until BIGINT,
  withdrawn_at BIGINT,
  merged_into TEXT,
  updates BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  has_postmortem BIGINT NOT NULL,
  search_text TEXT NOT NULL
);
CREATE INDEX incident_by_publication ON incident (published_at, id);
CREATE INDEX incident_by_source ON incident (origin, source, published_at, id);
CREATE INDEX incident_by_phase ON incident (phase, published_at, id);

CREATE TABLE timeline (
  incident TEXT NOT NULL REFERENCES incident (id),
  seq BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor TEXT,
  kind TEXT NOT NULL,
  event TEXT NOT NULL,
  notices TEXT NOT NULL,
  PRIMARY KEY (incident, seq)
);

CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  incident TEXT NOT NULL,
  seq BIGINT NOT NULL,
  notice TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  next_attempt_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  claimed_by TEXT,
  claim_epoch BIGINT NOT NULL,
  claimed_until BIGINT NOT NULL,
  last_error TEXT,
  done_at BIGINT,
  FOREIGN KEY (incident, seq) REFERENCES timeline (incident, seq)
);
CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX outbox_by_incident ON outbox (incident, seq);

CREATE TABLE request (
  id TEXT NOT NULL PRIMARY KEY,
  digest BYTEA NOT NULL,
  incident TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE token (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 BYTEA NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  revoked_at BIGINT
);

CREATE TABLE session (
  sha256 BYTEA NOT NULL PRIMARY KEY,
  token TEXT NOT NULL REFERENCES token (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
