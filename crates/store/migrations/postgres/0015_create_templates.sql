-- Templates that were written in the console, beside those of the configuration.
CREATE TABLE template (
  slug TEXT NOT NULL PRIMARY KEY,
  document TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
