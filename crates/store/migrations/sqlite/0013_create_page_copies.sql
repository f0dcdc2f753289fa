-- Which node keeps a page as files, until its lease runs out by the clock of this database, and how that goes.
CREATE TABLE page_copy (
  page TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  copied_at INTEGER,
  failed_at INTEGER,
  error TEXT
) STRICT;
