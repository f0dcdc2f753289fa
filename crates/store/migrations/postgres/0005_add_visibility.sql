-- Who sees an incident and what is told of it, and when time alone changes something about it next.
ALTER TABLE incident ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public';
ALTER TABLE incident ADD COLUMN next_update_at BIGINT;
ALTER TABLE incident ADD COLUMN due_at BIGINT;
CREATE INDEX incident_by_due ON incident (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE outbox ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public';
