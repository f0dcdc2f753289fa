-- Which node watches a database: one at a time, until its lease runs out by the clock of this database.
CREATE TABLE watch_lease (
  database TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;
