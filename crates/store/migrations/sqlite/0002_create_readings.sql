-- What was measured of watched databases. Blocks are packed columns; see readings/block.rs.

-- One row per node, resolution and block of time. `folded` says whether a block of seconds has gone into the
-- block of minutes above it.
CREATE TABLE reading (
  database TEXT NOT NULL,
  node TEXT NOT NULL,
  step_us INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  folded INTEGER NOT NULL,
  block BLOB NOT NULL,
  PRIMARY KEY (database, node, step_us, from_at)
) STRICT;
CREATE INDEX reading_by_age ON reading (step_us, from_at);
CREATE INDEX reading_to_fold ON reading (database, from_at) WHERE folded = 0;

-- Time that reads took, per namespace and minute; one row per database and hour.
CREATE TABLE read_time (
  database TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  block BLOB NOT NULL,
  PRIMARY KEY (database, from_at)
) STRICT;

-- What the detector has learned of quiet times.
CREATE TABLE baseline (
  database TEXT NOT NULL PRIMARY KEY,
  lines TEXT NOT NULL
) STRICT;
