package sqlstore

import (
	"time"

	"latchkey/verifier"
)

func (t *tx) InsertChallenge(c verifier.Challenge) error {
	return t.exec(`INSERT INTO challenges (id, purpose, account_id, authority, kind, value, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.Purpose, c.AccountID, c.Authority, c.Kind, c.Value, micros(c.CreatedAt), micros(c.ExpiresAt))
}

func (t *tx) TakeChallenge(id string) (taken verifier.Challenge, err error) {
	if t.readOnly {
		return taken, errReadOnly
	}
	err = t.row(`DELETE FROM challenges WHERE id = ?
		RETURNING id, purpose, account_id, authority, kind, value, created_at, expires_at`, []any{id},
		[]any{&taken.ID, &taken.Purpose, &taken.AccountID, &taken.Authority, &taken.Kind, &taken.Value,
			instant{&taken.CreatedAt}, instant{&taken.ExpiresAt}})
	return taken, err
}

func (t *tx) DeleteChallengesBefore(expiry time.Time) error {
	return t.exec("DELETE FROM challenges WHERE expires_at < ?", micros(expiry))
}

func (t *tx) Session(tokenHash []byte) (s verifier.SessionRecord, err error) {
	var model []byte
	err = t.row(`SELECT token_hash, id, account_id, amr, credential_id, model, authenticated_at, created_at,
		idle_expires_at, expires_at FROM sessions WHERE token_hash = ?`, []any{tokenHash},
		[]any{&s.TokenHash, &s.ID, &s.AccountID, words{&s.AMR}, &s.CredentialID, &model, instant{&s.AuthenticatedAt},
			instant{&s.CreatedAt}, instant{&s.IdleExpiresAt}, instant{&s.ExpiresAt}})
	copy(s.Model[:], model)
	return s, err
}

func (t *tx) InsertSession(s verifier.SessionRecord) error {
	return t.exec(`INSERT INTO sessions (token_hash, id, account_id, amr, credential_id, model, authenticated_at,
		created_at, idle_expires_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		s.TokenHash, s.ID, s.AccountID, joined(s.AMR), s.CredentialID, s.Model[:], micros(s.AuthenticatedAt), micros(s.CreatedAt),
		micros(s.IdleExpiresAt), micros(s.ExpiresAt))
}

func (t *tx) UpdateSession(s verifier.SessionRecord) error {
	return t.execOne(`UPDATE sessions SET amr = ?, credential_id = ?, model = ?, authenticated_at = ?, idle_expires_at = ?
		WHERE token_hash = ?`,
		joined(s.AMR), s.CredentialID, s.Model[:], micros(s.AuthenticatedAt), micros(s.IdleExpiresAt), s.TokenHash)
}

func (t *tx) DeleteSession(id string) error {
	return t.execOne("DELETE FROM sessions WHERE id = ?", id)
}

func (t *tx) DeleteSessionsOf(credentialID []byte, exceptID string) error {
	return t.exec("DELETE FROM sessions WHERE credential_id = ? AND id <> ?", credentialID, exceptID)
}

func (t *tx) DeleteSessionsBefore(expiry time.Time) error {
	return t.exec("DELETE FROM sessions WHERE expires_at < ?1 OR idle_expires_at < ?1", micros(expiry))
}

func (t *tx) Grant(hash []byte) (found verifier.Grant, err error) {
	err = t.row("SELECT hash, account_id, expires_at FROM grants WHERE hash = ?", []any{hash},
		[]any{&found.Hash, &found.AccountID, instant{&found.ExpiresAt}})
	return found, err
}

func (t *tx) InsertGrant(g verifier.Grant) error {
	return t.exec("INSERT INTO grants (hash, account_id, expires_at) VALUES (?, ?, ?)",
		g.Hash, g.AccountID, micros(g.ExpiresAt))
}

func (t *tx) DeleteGrantsOf(accountID string) error {
	return t.exec("DELETE FROM grants WHERE account_id = ?", accountID)
}

func (t *tx) DeleteGrantsBefore(expiry time.Time) error {
	return t.exec("DELETE FROM grants WHERE expires_at < ?", micros(expiry))
}

func (t *tx) Throttle(key []byte) (found verifier.Throttle, err error) {
	err = t.row("SELECT key, failures, locked_until, forget_at FROM throttles WHERE key = ?", []any{key},
		[]any{&found.Key, &found.Failures, instant{&found.LockedUntil}, instant{&found.ForgetAt}})
	return found, err
}

func (t *tx) PutThrottle(throttle verifier.Throttle) error {
	return t.exec(`INSERT INTO throttles (key, failures, locked_until, forget_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, locked_until = excluded.locked_until,
		forget_at = excluded.forget_at`,
		throttle.Key, throttle.Failures, micros(throttle.LockedUntil), micros(throttle.ForgetAt))
}

func (t *tx) DeleteThrottle(key []byte) error {
	return t.exec("DELETE FROM throttles WHERE key = ?", key)
}

func (t *tx) DeleteThrottlesBefore(forget time.Time) error {
	return t.exec("DELETE FROM throttles WHERE forget_at < ?", micros(forget))
}

func (t *tx) SigningKeys() (found []verifier.SigningKey, err error) {
	err = t.rows("SELECT kid, public_key, sealed, created_at, retired_at FROM signing_keys ORDER BY created_at DESC, kid",
		nil, func(scan func(...any) error) error {
			var k verifier.SigningKey
			err := scan(&k.KID, &k.PublicKey, &k.Sealed, instant{&k.CreatedAt}, instant{&k.RetiredAt})
			found = append(found, k)
			return err
		})
	return found, err
}

func (t *tx) InsertSigningKey(k verifier.SigningKey) error {
	return t.exec("INSERT INTO signing_keys (kid, public_key, sealed, created_at, retired_at) VALUES (?, ?, ?, ?, ?)",
		k.KID, k.PublicKey, k.Sealed, micros(k.CreatedAt), micros(k.RetiredAt))
}

func (t *tx) RetireSigningKey(kid string, at time.Time) error {
	return t.execOne("UPDATE signing_keys SET retired_at = ? WHERE kid = ?", micros(at), kid)
}
