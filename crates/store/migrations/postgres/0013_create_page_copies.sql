-- Which node keeps a page as files, until its lease runs out by the clock of this database, and how that goes.
CREATE TABLE page_copy (
  page TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  lease_until BIGINT NOT NULL,
  copied_at BIGINT,
  failed_at BIGINT,
  error TEXT
);
