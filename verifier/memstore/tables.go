package memstore

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"latchkey/verifier"
)

func (t *tx) Organization() (verifier.Organization, error) {
	if t.organization == nil {
		return verifier.Organization{}, verifier.ErrNotFound
	}
	return *t.organization, nil
}

func (t *tx) InsertOrganization(o verifier.Organization) error {
	switch {
	case t.readOnly:
		return errReadOnly
	case t.organization != nil:
		return verifier.ErrExists
	}
	t.undo = append(t.undo, func() { t.organization = nil })
	t.organization = &o
	return nil
}

func (t *tx) UpdateOrganization(o verifier.Organization) error {
	switch {
	case t.readOnly:
		return errReadOnly
	case t.organization == nil || t.organization.ID != o.ID:
		return verifier.ErrNotFound
	}
	before := t.organization
	t.undo = append(t.undo, func() { t.organization = before })
	updated := *before
	updated.Name, updated.VirtualKeysAllowed, updated.FingerprintAllowed = o.Name, o.VirtualKeysAllowed, o.FingerprintAllowed
	t.organization = &updated
	return nil
}

func (t *tx) Account(id string) (verifier.AccountRecord, error) {
	account, exists := t.accounts[id]
	if !exists {
		return verifier.AccountRecord{}, verifier.ErrNotFound
	}
	account.UserHandle = bytes.Clone(account.UserHandle)
	return account, nil
}

func (t *tx) AccountByUsername(username string) (verifier.AccountRecord, error) {
	return t.Account(t.usernames[username])
}

func (t *tx) Summaries() ([]verifier.AccountSummary, error) {
	var out []verifier.AccountSummary
	for _, account := range t.accounts {
		summary := verifier.AccountSummary{Account: account.Account, LastSignIn: account.LastSignIn}
		for _, credential := range t.credentials {
			if credential.AccountID == account.ID {
				summary.Keys++
			}
		}
		out = append(out, summary)
	}
	slices.SortFunc(out, func(a, b verifier.AccountSummary) int { return cmp.Compare(a.Username, b.Username) })
	return out, nil
}

func (t *tx) InsertAccount(a verifier.AccountRecord) error {
	a.UserHandle = bytes.Clone(a.UserHandle)
	for _, other := range t.accounts {
		if bytes.Equal(other.UserHandle, a.UserHandle) {
			return verifier.ErrExists
		}
	}
	if _, exists := t.accounts[a.ID]; exists {
		return verifier.ErrExists
	}
	if err := insert(t, t.usernames, a.Username, a.ID); err != nil {
		return err
	}
	return insert(t, t.accounts, a.ID, a)
}

func (t *tx) UpdateAccount(a verifier.AccountRecord) error {
	before, exists := t.accounts[a.ID]
	if !exists {
		return verifier.ErrNotFound
	}
	a.UserHandle = bytes.Clone(a.UserHandle)
	if before.Username != a.Username {
		if err := insert(t, t.usernames, a.Username, a.ID); err != nil {
			return err
		}
		if err := remove(t, t.usernames, before.Username); err != nil {
			return err
		}
	}
	return put(t, t.accounts, a.ID, a)
}

func cloneCredential(c verifier.CredentialRecord) verifier.CredentialRecord {
	c.ID, c.PublicKey, c.Transports = bytes.Clone(c.ID), bytes.Clone(c.PublicKey), slices.Clone(c.Transports)
	return c
}

func (t *tx) Credential(id []byte) (verifier.CredentialRecord, error) {
	credential, exists := t.credentials[string(id)]
	if !exists {
		return verifier.CredentialRecord{}, verifier.ErrNotFound
	}
	return cloneCredential(credential), nil
}

func (t *tx) CredentialsOf(accountID string) ([]verifier.CredentialRecord, error) {
	var out []verifier.CredentialRecord
	for _, credential := range t.credentials {
		if credential.AccountID == accountID {
			out = append(out, cloneCredential(credential))
		}
	}
	slices.SortFunc(out, func(a, b verifier.CredentialRecord) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(a.ID, b.ID))
	})
	return out, nil
}

func (t *tx) CredentialsOfModel(aaguid [16]byte) ([]verifier.CredentialRecord, error) {
	var out []verifier.CredentialRecord
	for _, credential := range t.credentials {
		if credential.AAGUID == aaguid {
			out = append(out, cloneCredential(credential))
		}
	}
	return out, nil
}

func (t *tx) InsertCredential(c verifier.CredentialRecord) error {
	if _, exists := t.accounts[c.AccountID]; !exists {
		return verifier.ErrNotFound
	}
	return insert(t, t.credentials, string(c.ID), cloneCredential(c))
}

func (t *tx) UpdateCredential(c verifier.CredentialRecord) error {
	updated, exists := t.credentials[string(c.ID)]
	if !exists {
		return verifier.ErrNotFound
	}
	updated.Name, updated.LastUsedAt, updated.SignCount = c.Name, c.LastUsedAt, c.SignCount
	updated.UserVerified, updated.BackupState = c.UserVerified, c.BackupState
	return put(t, t.credentials, string(c.ID), updated)
}

func (t *tx) DeleteCredential(id []byte) error { return remove(t, t.credentials, string(id)) }

func cloneChallenge(c verifier.Challenge) verifier.Challenge {
	c.Authority, c.Value = bytes.Clone(c.Authority), bytes.Clone(c.Value)
	return c
}

func (t *tx) InsertChallenge(c verifier.Challenge) error {
	if _, exists := t.accounts[c.AccountID]; !exists {
		return verifier.ErrNotFound
	}
	return insert(t, t.challenges, c.ID, cloneChallenge(c))
}

func (t *tx) TakeChallenge(id string) (verifier.Challenge, error) {
	taken := t.challenges[id]
	if err := remove(t, t.challenges, id); err != nil {
		return verifier.Challenge{}, err
	}
	return cloneChallenge(taken), nil
}

func (t *tx) DeleteChallengesBefore(expiry time.Time) error {
	return removeWhere(t, t.challenges, func(c verifier.Challenge) bool { return c.ExpiresAt.Before(expiry) })
}

func cloneSession(s verifier.SessionRecord) verifier.SessionRecord {
	s.TokenHash, s.CredentialID, s.AMR = bytes.Clone(s.TokenHash), bytes.Clone(s.CredentialID), slices.Clone(s.AMR)
	return s
}

func (t *tx) Session(tokenHash []byte) (verifier.SessionRecord, error) {
	session, exists := t.sessions[string(tokenHash)]
	if !exists {
		return verifier.SessionRecord{}, verifier.ErrNotFound
	}
	return cloneSession(session), nil
}

func (t *tx) InsertSession(s verifier.SessionRecord) error {
	if _, exists := t.accounts[s.AccountID]; !exists {
		return verifier.ErrNotFound
	}
	if _, exists := t.sessions[string(s.TokenHash)]; exists {
		return verifier.ErrExists
	}
	if err := insert(t, t.sessionIDs, s.ID, string(s.TokenHash)); err != nil {
		return err
	}
	return insert(t, t.sessions, string(s.TokenHash), cloneSession(s))
}

func (t *tx) UpdateSession(s verifier.SessionRecord) error {
	updated, exists := t.sessions[string(s.TokenHash)]
	if !exists {
		return verifier.ErrNotFound
	}
	s = cloneSession(s)
	updated.AMR, updated.CredentialID, updated.Model = s.AMR, s.CredentialID, s.Model
	updated.AuthenticatedAt, updated.IdleExpiresAt = s.AuthenticatedAt, s.IdleExpiresAt
	return put(t, t.sessions, string(s.TokenHash), updated)
}

func (t *tx) DeleteSession(id string) error {
	hash := t.sessionIDs[id]
	if err := remove(t, t.sessionIDs, id); err != nil {
		return err
	}
	return remove(t, t.sessions, hash)
}

func (t *tx) DeleteSessionsOf(credentialID []byte, exceptID string) error {
	return t.deleteSessions(func(s verifier.SessionRecord) bool {
		return s.CredentialID != nil && bytes.Equal(s.CredentialID, credentialID) && s.ID != exceptID
	})
}

func (t *tx) DeleteSessionsBefore(expiry time.Time) error {
	return t.deleteSessions(func(s verifier.SessionRecord) bool {
		return s.ExpiresAt.Before(expiry) || s.IdleExpiresAt.Before(expiry)
	})
}

func (t *tx) deleteSessions(match func(verifier.SessionRecord) bool) error {
	if t.readOnly {
		return errReadOnly
	}
	for _, session := range t.sessions {
		if match(session) {
			if err := t.DeleteSession(session.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) Grant(hash []byte) (verifier.Grant, error) {
	grant, exists := t.grants[string(hash)]
	if !exists {
		return verifier.Grant{}, verifier.ErrNotFound
	}
	grant.Hash = bytes.Clone(grant.Hash)
	return grant, nil
}

func (t *tx) InsertGrant(g verifier.Grant) error {
	if _, exists := t.accounts[g.AccountID]; !exists {
		return verifier.ErrNotFound
	}
	g.Hash = bytes.Clone(g.Hash)
	return insert(t, t.grants, string(g.Hash), g)
}

func (t *tx) DeleteGrantsOf(accountID string) error {
	return removeWhere(t, t.grants, func(g verifier.Grant) bool { return g.AccountID == accountID })
}

func (t *tx) DeleteGrantsBefore(expiry time.Time) error {
	return removeWhere(t, t.grants, func(g verifier.Grant) bool { return g.ExpiresAt.Before(expiry) })
}

func (t *tx) Throttle(key []byte) (verifier.Throttle, error) {
	throttle, exists := t.throttles[string(key)]
	if !exists {
		return verifier.Throttle{}, verifier.ErrNotFound
	}
	throttle.Key = bytes.Clone(throttle.Key)
	return throttle, nil
}

func (t *tx) PutThrottle(throttle verifier.Throttle) error {
	throttle.Key = bytes.Clone(throttle.Key)
	return put(t, t.throttles, string(throttle.Key), throttle)
}

func (t *tx) DeleteThrottle(key []byte) error {
	return removeIfThere(t, t.throttles, string(key))
}

func (t *tx) DeleteThrottlesBefore(forget time.Time) error {
	return removeWhere(t, t.throttles, func(o verifier.Throttle) bool { return o.ForgetAt.Before(forget) })
}

func removeIfThere[V any](t *tx, table map[string]V, key string) error {
	if _, exists := table[key]; !exists && !t.readOnly {
		return nil
	}
	return remove(t, table, key)
}

func cloneSigningKey(k verifier.SigningKey) verifier.SigningKey {
	k.PublicKey, k.Sealed = bytes.Clone(k.PublicKey), bytes.Clone(k.Sealed)
	return k
}

func (t *tx) SigningKeys() ([]verifier.SigningKey, error) {
	var out []verifier.SigningKey
	for _, key := range t.signingKeys {
		out = append(out, cloneSigningKey(key))
	}
	slices.SortFunc(out, func(a, b verifier.SigningKey) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.KID, b.KID))
	})
	return out, nil
}

func (t *tx) InsertSigningKey(k verifier.SigningKey) error {
	return insert(t, t.signingKeys, k.KID, cloneSigningKey(k))
}

func (t *tx) RetireSigningKey(kid string, at time.Time) error {
	key, exists := t.signingKeys[kid]
	if !exists {
		return verifier.ErrNotFound
	}
	key.RetiredAt = at
	return put(t, t.signingKeys, kid, key)
}

func (t *tx) LastEvent() (verifier.EventRecord, error) {
	if len(t.events) == 0 {
		return verifier.EventRecord{}, verifier.ErrNotFound
	}
	last := t.events[len(t.events)-1]
	last.Hash = bytes.Clone(last.Hash)
	return last, nil
}

func (t *tx) LatestSince(action string) (time.Time, error) {
	if len(t.events) == 0 {
		return time.Time{}, verifier.ErrNotFound
	}
	var latest time.Time
	for _, event := range slices.Backward(t.events) {
		if event.At.After(latest) {
			latest = event.At
		}
		if event.Action == action {
			break
		}
	}
	return latest, nil
}

func (t *tx) AppendEvent(e verifier.EventRecord) error {
	switch {
	case t.readOnly:
		return errReadOnly
	case e.Sequence != int64(len(t.events))+1:
		return verifier.ErrExists
	}
	e.Hash = bytes.Clone(e.Hash)
	before := len(t.events)
	t.undo = append(t.undo, func() { t.events = t.events[:before] })
	t.events = append(t.events, e)
	return nil
}

func (t *tx) Events(after int64, limit int) ([]verifier.EventRecord, error) {
	first := min(max(after, 0), int64(len(t.events)))
	last := min(first+int64(limit), int64(len(t.events)))
	out := slices.Clone(t.events[first:last])
	for i := range out {
		out[i].Hash = bytes.Clone(out[i].Hash)
	}
	return out, nil
}
