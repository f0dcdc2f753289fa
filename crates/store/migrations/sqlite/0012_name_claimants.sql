-- Until when a node that claims rows will have said again that it works; others take over after that.
CREATE TABLE claimant (
  node TEXT NOT NULL PRIMARY KEY,
  works_until INTEGER NOT NULL
) STRICT;
