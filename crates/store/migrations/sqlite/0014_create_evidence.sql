-- Evidence of stalls: what was captured when, and under which hash it lies in the archive.
CREATE TABLE evidence (
  sha256 TEXT NOT NULL PRIMARY KEY,
  incident TEXT NOT NULL,
  database TEXT NOT NULL,
  node TEXT NOT NULL,
  occasion TEXT NOT NULL,
  captured_at INTEGER NOT NULL,
  took_us INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  pieces INTEGER NOT NULL,
  missing INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_by_incident ON evidence (incident, captured_at);
CREATE INDEX evidence_by_time ON evidence (captured_at);
