-- What queries cost, by shape and minute; one row per database and hour. Blocks are packed; see queries/hour.rs.
CREATE TABLE query_hour (
  database TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  block BLOB NOT NULL,
  PRIMARY KEY (database, from_at)
) STRICT;
CREATE INDEX query_hour_by_age ON query_hour (from_at);
