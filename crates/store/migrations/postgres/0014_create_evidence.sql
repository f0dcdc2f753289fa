-- Evidence of stalls: what was captured when, and under which hash it lies in the archive.
CREATE TABLE evidence (
  sha256 TEXT NOT NULL PRIMARY KEY,
  incident TEXT NOT NULL,
  database TEXT NOT NULL,
  node TEXT NOT NULL,
  occasion TEXT NOT NULL,
  captured_at BIGINT NOT NULL,
  took_us BIGINT NOT NULL,
  size_bytes BIGINT NOT NULL,
  pieces BIGINT NOT NULL,
  missing BIGINT NOT NULL
);
CREATE INDEX evidence_by_incident ON evidence (incident, captured_at);
CREATE INDEX evidence_by_time ON evidence (captured_at);
