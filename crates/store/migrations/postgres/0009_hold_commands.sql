-- What operators have posted and can still take back, and maintenances that recur.
CREATE TABLE held_command (
  id TEXT NOT NULL PRIMARY KEY,
  incident TEXT NOT NULL,
  command TEXT NOT NULL,
  made_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  claimed_until BIGINT NOT NULL DEFAULT 0,
  error TEXT
);
CREATE INDEX held_command_by_state ON held_command (state, due_at);
CREATE TABLE recurrence (
  id TEXT NOT NULL PRIMARY KEY,
  environment TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  components TEXT NOT NULL,
  rule TEXT NOT NULL,
  local_time TEXT NOT NULL,
  zone TEXT NOT NULL,
  lasts_us BIGINT NOT NULL,
  ahead_us BIGINT NOT NULL,
  active BIGINT NOT NULL,
  made_by TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
