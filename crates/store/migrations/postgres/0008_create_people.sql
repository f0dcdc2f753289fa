-- People, how they prove who they are, what they do, and the log of it.
CREATE TABLE person (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT UNIQUE,
  password TEXT,
  roles TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  signed_in_at BIGINT,
  disabled_at BIGINT
);

CREATE TABLE passkey (
  id TEXT NOT NULL PRIMARY KEY,
  person TEXT NOT NULL REFERENCES person (id),
  name TEXT NOT NULL,
  credential TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX passkey_by_person ON passkey (person);

CREATE TABLE identity (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  person TEXT NOT NULL REFERENCES person (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);

-- Sessions of people and of tokens. Takes the place of `session`, which a later release removes.
CREATE TABLE console_session (
  sha256 BYTEA NOT NULL PRIMARY KEY,
  person TEXT REFERENCES person (id),
  token TEXT REFERENCES token (id),
  epoch BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  address TEXT,
  agent TEXT NOT NULL
);
CREATE INDEX console_session_by_person ON console_session (person);

-- One-time codes to set a password with. Without a person: to become the first one.
CREATE TABLE invitation (
  sha256 BYTEA NOT NULL PRIMARY KEY,
  person TEXT REFERENCES person (id),
  expires_at BIGINT NOT NULL
);

-- What a passkey has yet to answer.
CREATE TABLE ceremony (
  sha256 BYTEA NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

ALTER TABLE token ADD COLUMN environments TEXT NOT NULL DEFAULT '*';
ALTER TABLE token ADD COLUMN person TEXT REFERENCES person (id);

-- What was done, by whom, from where. Each hash covers its row and the hash before it.
CREATE TABLE audit (
  seq BIGINT NOT NULL PRIMARY KEY,
  done_at BIGINT NOT NULL,
  doer_kind TEXT NOT NULL,
  doer TEXT NOT NULL,
  doer_name TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  address TEXT NOT NULL,
  hash BYTEA NOT NULL
);
CREATE TABLE audit_head (
  id BIGINT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash BYTEA NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
