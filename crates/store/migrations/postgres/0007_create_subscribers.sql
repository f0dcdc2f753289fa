-- Who wants to hear of a page, and what is written to one of them alone: confirmations and digests.
CREATE TABLE subscriber (
  id TEXT NOT NULL PRIMARY KEY,
  page TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  target_sha256 BYTEA NOT NULL,
  environments TEXT NOT NULL,
  components TEXT NOT NULL,
  language TEXT NOT NULL,
  rhythm TEXT NOT NULL,
  state TEXT NOT NULL,
  token_sha256 BYTEA NOT NULL UNIQUE,
  secret BYTEA,
  origin TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  asked_at BIGINT NOT NULL,
  asked_since BIGINT NOT NULL,
  asked_count BIGINT NOT NULL,
  bounces BIGINT NOT NULL,
  reason TEXT,
  ended_at BIGINT
);
CREATE UNIQUE INDEX subscriber_by_target ON subscriber (page, kind, target_sha256);
CREATE INDEX subscriber_by_state ON subscriber (page, state, id);

CREATE TABLE letter (
  id TEXT NOT NULL PRIMARY KEY,
  subscriber TEXT NOT NULL REFERENCES subscriber (id),
  kind TEXT NOT NULL,
  about_from BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  next_attempt_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  claimed_by TEXT,
  claim_epoch BIGINT NOT NULL,
  claimed_until BIGINT NOT NULL,
  last_error TEXT,
  done_at BIGINT
);
CREATE INDEX letter_waiting ON letter (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX letter_by_subscriber ON letter (subscriber);

-- Which key secrets were sealed with: its fingerprint, never the key.
CREATE TABLE sealing (
  id BIGINT NOT NULL PRIMARY KEY,
  fingerprint BYTEA NOT NULL
);
