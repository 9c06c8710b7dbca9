-- Device authenticators: the computer that a credential is built into, and whether the
-- organisation takes the operating system's word for a finger.
ALTER TABLE organization ADD COLUMN fingerprint_allowed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN computer TEXT NOT NULL DEFAULT '';
