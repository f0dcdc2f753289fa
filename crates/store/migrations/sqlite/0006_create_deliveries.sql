-- One row for each recipient of each notice. `lane` tells operators from subscribers, `channel` is what reports
-- count by, `route` is what shares a limit: a host, or the mail server.
CREATE TABLE delivery (
  key TEXT NOT NULL PRIMARY KEY,
  notice TEXT NOT NULL REFERENCES outbox (id),
  incident TEXT NOT NULL,
  seq INTEGER NOT NULL,
  lane TEXT NOT NULL,
  destination TEXT NOT NULL,
  channel TEXT NOT NULL,
  route TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  claimed_by TEXT,
  claim_epoch INTEGER NOT NULL,
  claimed_until INTEGER NOT NULL,
  first_attempt_at INTEGER,
  done_at INTEGER,
  remote_id TEXT,
  last_error TEXT
) STRICT;
CREATE INDEX delivery_waiting ON delivery (lane, next_attempt_at) WHERE state = 'waiting';
CREATE INDEX delivery_in_order ON delivery (destination, incident, seq) WHERE state = 'waiting';
CREATE INDEX delivery_by_incident ON delivery (incident, seq);
CREATE INDEX delivery_by_channel ON delivery (lane, channel, state, done_at);
CREATE INDEX delivery_dead ON delivery (done_at) WHERE state = 'dead';

-- How far the recipients of a notice have been written down, once pages show it.
ALTER TABLE outbox ADD COLUMN cursor TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_published ON outbox (next_attempt_at) WHERE state = 'published';

-- When each node was last seen, by the clock of this database.
CREATE TABLE node (
  name TEXT NOT NULL PRIMARY KEY,
  seen_at INTEGER NOT NULL,
  told_at INTEGER
) STRICT;
