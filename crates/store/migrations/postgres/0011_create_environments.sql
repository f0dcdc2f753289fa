-- Environments that were added in the console, beside those of the configuration.
CREATE TABLE environment (
  slug TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  baseline TEXT NOT NULL,
  components TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
