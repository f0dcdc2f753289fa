-- Marks that somebody changed something. Without an environment: everywhere.
CREATE TABLE deploy (
  id TEXT NOT NULL PRIMARY KEY,
  environment TEXT,
  what TEXT NOT NULL,
  link TEXT,
  marked_by TEXT NOT NULL,
  deployed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deploy_by_time ON deploy (deployed_at, id);
