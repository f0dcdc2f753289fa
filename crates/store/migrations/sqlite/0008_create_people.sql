-- People, how they prove who they are, what they do, and the log of it.
CREATE TABLE person (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT UNIQUE,
  password TEXT,
  roles TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  signed_in_at INTEGER,
  disabled_at INTEGER
) STRICT;

CREATE TABLE passkey (
  id TEXT NOT NULL PRIMARY KEY,
  person TEXT NOT NULL REFERENCES person (id),
  name TEXT NOT NULL,
  credential TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX passkey_by_person ON passkey (person);

CREATE TABLE identity (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  person TEXT NOT NULL REFERENCES person (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT;

-- Sessions of people and of tokens. Takes the place of `session`, which a later release removes.
CREATE TABLE console_session (
  sha256 BLOB NOT NULL PRIMARY KEY,
  person TEXT REFERENCES person (id),
  token TEXT REFERENCES token (id),
  epoch INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT,
  agent TEXT NOT NULL
) STRICT;
CREATE INDEX console_session_by_person ON console_session (person);

-- One-time codes to set a password with. Without a person: to become the first one.
CREATE TABLE invitation (
  sha256 BLOB NOT NULL PRIMARY KEY,
  person TEXT REFERENCES person (id),
  expires_at INTEGER NOT NULL
) STRICT;

-- What a passkey has yet to answer.
CREATE TABLE ceremony (
  sha256 BLOB NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

ALTER TABLE token ADD COLUMN environments TEXT NOT NULL DEFAULT '*';
ALTER TABLE token ADD COLUMN person TEXT REFERENCES person (id);

-- What was done, by whom, from where. Each hash covers its row and the hash before it.
CREATE TABLE audit (
  seq INTEGER NOT NULL PRIMARY KEY,
  done_at INTEGER NOT NULL,
  doer_kind TEXT NOT NULL,
  doer TEXT NOT NULL,
  doer_name TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  address TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE TABLE audit_head (
  id INTEGER NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, zeroblob(32));
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
