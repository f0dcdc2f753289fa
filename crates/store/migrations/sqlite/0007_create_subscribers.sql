-- Who wants to hear of a page, and what is written to one of them alone: confirmations and digests.
CREATE TABLE subscriber (
  id TEXT NOT NULL PRIMARY KEY,
  page TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  target_sha256 BLOB NOT NULL,
  environments TEXT NOT NULL,
  components TEXT NOT NULL,
  language TEXT NOT NULL,
  rhythm TEXT NOT NULL,
  state TEXT NOT NULL,
  token_sha256 BLOB NOT NULL UNIQUE,
  secret BLOB,
  origin TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  asked_at INTEGER NOT NULL,
  asked_since INTEGER NOT NULL,
  asked_count INTEGER NOT NULL,
  bounces INTEGER NOT NULL,
  reason TEXT,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX subscriber_by_target ON subscriber (page, kind, target_sha256);
CREATE INDEX subscriber_by_state ON subscriber (page, state, id);

CREATE TABLE letter (
  id TEXT NOT NULL PRIMARY KEY,
  subscriber TEXT NOT NULL REFERENCES subscriber (id),
  kind TEXT NOT NULL,
  about_from INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  claimed_by TEXT,
  claim_epoch INTEGER NOT NULL,
  claimed_until INTEGER NOT NULL,
  last_error TEXT,
  done_at INTEGER
) STRICT;
CREATE INDEX letter_waiting ON letter (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX letter_by_subscriber ON letter (subscriber);

-- Which key secrets were sealed with: its fingerprint, never the key.
CREATE TABLE sealing (
  id INTEGER NOT NULL PRIMARY KEY,
  fingerprint BLOB NOT NULL
) STRICT;
