-- Device authenticators: the computer that a credential is built into, and whether the
-- organisation takes the operating system's word for a finger. A session keeps the model
-- that it was made with, so that policy can rule it out when the credential is gone.
ALTER TABLE organization ADD COLUMN fingerprint_allowed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN model BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE credentials ADD COLUMN computer TEXT NOT NULL DEFAULT '';
