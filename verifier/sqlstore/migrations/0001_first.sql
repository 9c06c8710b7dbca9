-- Times are microseconds since 1970 in UTC, 0 for never. Lists are separated by spaces.

CREATE TABLE organization (
    one                  INTEGER PRIMARY KEY CHECK (one = 1),
    id                   TEXT    NOT NULL,
    name                 TEXT    NOT NULL,
    rp_id                TEXT    NOT NULL,
    virtual_keys_allowed INTEGER NOT NULL,
    created_at           INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    id              TEXT    PRIMARY KEY,
    username        TEXT    NOT NULL UNIQUE,
    display_name    TEXT    NOT NULL,
    role            TEXT    NOT NULL,
    factor_required INTEGER NOT NULL,
    user_handle     BLOB    NOT NULL UNIQUE,
    password_hash   TEXT    NOT NULL,
    enrollment_open INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    last_sign_in    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    id                 BLOB    PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 1023),
    account_id         TEXT    NOT NULL REFERENCES accounts (id),
    name               TEXT    NOT NULL,
    kind               TEXT    NOT NULL,
    aaguid             BLOB    NOT NULL CHECK (length(aaguid) = 16),
    transports         TEXT    NOT NULL,
    is_virtual         INTEGER NOT NULL,
    public_key         BLOB    NOT NULL,
    sign_count         INTEGER NOT NULL,
    user_verified      INTEGER NOT NULL,
    backup_eligible    INTEGER NOT NULL,
    backup_state       INTEGER NOT NULL,
    attestation_format TEXT    NOT NULL,
    attestation_type   TEXT    NOT NULL,
    created_at         INTEGER NOT NULL,
    last_used_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_of ON credentials (account_id, created_at, id);

CREATE TABLE challenges (
    id         TEXT    PRIMARY KEY,
    purpose    TEXT    NOT NULL,
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    authority  BLOB,
    kind       TEXT    NOT NULL,
    value      BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX challenges_by_expiry ON challenges (expires_at);

CREATE TABLE sessions (
    token_hash       BLOB    PRIMARY KEY,
    id               TEXT    NOT NULL UNIQUE,
    account_id       TEXT    NOT NULL REFERENCES accounts (id),
    amr              TEXT    NOT NULL,
    credential_id    BLOB,
    authenticated_at INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    idle_expires_at  INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_idle_expiry ON sessions (idle_expires_at);
CREATE INDEX sessions_of ON sessions (credential_id);

CREATE TABLE grants (
    hash       BLOB    PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_of ON grants (account_id);

CREATE TABLE throttles (
    key          BLOB    PRIMARY KEY,
    failures     INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    forget_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttles_by_age ON throttles (forget_at);

CREATE TABLE signing_keys (
    kid        TEXT    PRIMARY KEY,
    public_key BLOB    NOT NULL,
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    outcome  TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    hash     BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER events_stay BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER events_stay_the_same BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER events_follow_each_other BEFORE INSERT ON events
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'the audit trail has no gaps'); END;
