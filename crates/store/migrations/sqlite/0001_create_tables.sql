-- Instants are integer microseconds since 1970-01-01 UTC; durations end in `_us`; truth values are 0 or 1.

-- The clock by which leases expire. Every node reads this one, never its own.
CREATE VIEW database_clock AS SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) AS now_at;

CREATE TABLE revision (
  id INTEGER NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
INSERT INTO revision (id, value) VALUES (1, 0);

CREATE TABLE vendor (
  slug TEXT NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  format TEXT NOT NULL,
  evidence TEXT NOT NULL,
  poll_url TEXT,
  component_filter TEXT NOT NULL,
  interval_us INTEGER NOT NULL,
  active INTEGER NOT NULL,
  watched_since INTEGER NOT NULL,
  page_name TEXT NOT NULL,
  page_url TEXT NOT NULL,
  page_time_zone TEXT,
  page_updated_at INTEGER,
  indicator TEXT,
  warnings TEXT NOT NULL DEFAULT '[]',
  overall TEXT NOT NULL,
  last_ok_at INTEGER,
  failing_since INTEGER,
  failures INTEGER NOT NULL,
  last_error TEXT,
  next_look_at INTEGER NOT NULL,
  lease_owner TEXT,
  lease_epoch INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;
CREATE INDEX vendor_by_next_look ON vendor (next_look_at) WHERE active = 1;

CREATE TABLE component (
  vendor TEXT NOT NULL REFERENCES vendor (slug),
  component TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  group_name TEXT,
  state TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (vendor, component)
) STRICT;

-- States as we saw them. Component '' is the whole page.
CREATE TABLE state_window (
  vendor TEXT NOT NULL REFERENCES vendor (slug),
  component TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  until_at INTEGER,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (vendor, component, from_at)
) STRICT;

CREATE TABLE document (
  vendor TEXT NOT NULL REFERENCES vendor (slug),
  url TEXT NOT NULL,
  etag TEXT,
  last_modified TEXT,
  body_sha256 BLOB,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (vendor, url)
) STRICT;

CREATE TABLE raw_body (
  sha256 BLOB NOT NULL PRIMARY KEY,
  gzip BLOB NOT NULL,
  size_bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE sighting (
  vendor TEXT NOT NULL REFERENCES vendor (slug),
  url TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  body_sha256 BLOB NOT NULL REFERENCES raw_body (sha256),
  PRIMARY KEY (vendor, url, first_seen_at)
) STRICT;
CREATE INDEX sighting_by_body ON sighting (body_sha256);

CREATE TABLE incident (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
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
  published_at INTEGER NOT NULL,
  resolved_at INTEGER,
  began_at INTEGER,
  ended_at INTEGER,
  seen_at INTEGER NOT NULL,
  scheduled_from INTEGER,
  scheduled_until INTEGER,
  withdrawn_at INTEGER,
  merged_into TEXT,
  updates INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  has_postmortem INTEGER NOT NULL,
  search_text TEXT NOT NULL
) STRICT;
CREATE INDEX incident_by_publication ON incident (published_at, id);
CREATE INDEX incident_by_source ON incident (origin, source, published_at, id);
CREATE INDEX incident_by_phase ON incident (phase, published_at, id);

CREATE TABLE timeline (
  incident TEXT NOT NULL REFERENCES incident (id),
  seq INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  actor_kind TEXT NOT NULL,
  actor TEXT,
  kind TEXT NOT NULL,
  event TEXT NOT NULL,
  notices TEXT NOT NULL,
  PRIMARY KEY (incident, seq)
) STRICT;

CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  incident TEXT NOT NULL,
  seq INTEGER NOT NULL,
  notice TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  claimed_by TEXT,
  claim_epoch INTEGER NOT NULL,
  claimed_until INTEGER NOT NULL,
  last_error TEXT,
  done_at INTEGER,
  FOREIGN KEY (incident, seq) REFERENCES timeline (incident, seq)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX outbox_by_incident ON outbox (incident, seq);

CREATE TABLE request (
  id TEXT NOT NULL PRIMARY KEY,
  digest BLOB NOT NULL,
  incident TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE token (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE TABLE session (
  sha256 BLOB NOT NULL PRIMARY KEY,
  token TEXT NOT NULL REFERENCES token (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
