package sqlstore

import "latchkey/verifier"

func (t *tx) Organization() (found verifier.Organization, err error) {
	err = t.row("SELECT id, name, rp_id, virtual_keys_allowed, fingerprint_allowed, created_at FROM organization", nil,
		[]any{&found.ID, &found.Name, &found.RPID, &found.VirtualKeysAllowed, &found.FingerprintAllowed, instant{&found.CreatedAt}})
	return found, err
}

func (t *tx) InsertOrganization(o verifier.Organization) error {
	return t.exec(`INSERT INTO organization (one, id, name, rp_id, virtual_keys_allowed, fingerprint_allowed,
		created_at) VALUES (1, ?, ?, ?, ?, ?, ?)`,
		o.ID, o.Name, o.RPID, o.VirtualKeysAllowed, o.FingerprintAllowed, micros(o.CreatedAt))
}

func (t *tx) UpdateOrganization(o verifier.Organization) error {
	return t.execOne("UPDATE organization SET name = ?, virtual_keys_allowed = ?, fingerprint_allowed = ? WHERE id = ?",
		o.Name, o.VirtualKeysAllowed, o.FingerprintAllowed, o.ID)
}

const selectAccount = `SELECT id, username, display_name, role, factor_required, user_handle, password_hash,
	enrollment_open, created_at, last_sign_in FROM accounts `

func accountTargets(a *verifier.AccountRecord) []any {
	return []any{&a.ID, &a.Username, &a.DisplayName, &a.Role, &a.FactorRequired, &a.UserHandle, &a.PasswordHash,
		&a.EnrollmentOpen, instant{&a.CreatedAt}, instant{&a.LastSignIn}}
}

func (t *tx) Account(id string) (found verifier.AccountRecord, err error) {
	err = t.row(selectAccount+"WHERE id = ?", []any{id}, accountTargets(&found))
	return found, err
}

func (t *tx) AccountByUsername(username string) (found verifier.AccountRecord, err error) {
	err = t.row(selectAccount+"WHERE username = ?", []any{username}, accountTargets(&found))
	return found, err
}

func (t *tx) Summaries() (found []verifier.AccountSummary, err error) {
	err = t.rows(`SELECT id, username, display_name, role, factor_required, created_at, last_sign_in,
		(SELECT count(*) FROM credentials WHERE account_id = accounts.id) FROM accounts ORDER BY username`, nil,
		func(scan func(...any) error) error {
			var s verifier.AccountSummary
			err := scan(&s.ID, &s.Username, &s.DisplayName, &s.Role, &s.FactorRequired,
				instant{&s.CreatedAt}, instant{&s.LastSignIn}, &s.Keys)
			found = append(found, s)
			return err
		})
	return found, err
}

func (t *tx) InsertAccount(a verifier.AccountRecord) error {
	return t.exec(`INSERT INTO accounts (id, username, display_name, role, factor_required, user_handle, password_hash,
		enrollment_open, created_at, last_sign_in) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.ID, a.Username, a.DisplayName, a.Role, a.FactorRequired, a.UserHandle, a.PasswordHash,
		a.EnrollmentOpen, micros(a.CreatedAt), micros(a.LastSignIn))
}

func (t *tx) UpdateAccount(a verifier.AccountRecord) error {
	return t.execOne(`UPDATE accounts SET username = ?, display_name = ?, role = ?, factor_required = ?, user_handle = ?,
		password_hash = ?, enrollment_open = ?, created_at = ?, last_sign_in = ? WHERE id = ?`,
		a.Username, a.DisplayName, a.Role, a.FactorRequired, a.UserHandle,
		a.PasswordHash, a.EnrollmentOpen, micros(a.CreatedAt), micros(a.LastSignIn), a.ID)
}

const selectCredential = `SELECT id, account_id, name, computer, kind, aaguid, transports, is_virtual, public_key, sign_count,
	user_verified, backup_eligible, backup_state, attestation_format, attestation_type, created_at, last_used_at
	FROM credentials `

func credentialTargets(c *verifier.CredentialRecord, aaguid *[]byte) []any {
	return []any{&c.ID, &c.AccountID, &c.Name, &c.Computer, &c.Kind, aaguid, words{&c.Transports}, &c.Virtual, &c.PublicKey,
		&c.SignCount, &c.UserVerified, &c.BackupEligible, &c.BackupState, &c.AttestationFormat, &c.AttestationType,
		instant{&c.CreatedAt}, instant{&c.LastUsedAt}}
}

func (t *tx) Credential(id []byte) (found verifier.CredentialRecord, err error) {
	var aaguid []byte
	if err := t.row(selectCredential+"WHERE id = ?", []any{id}, credentialTargets(&found, &aaguid)); err != nil {
		return verifier.CredentialRecord{}, err
	}
	copy(found.AAGUID[:], aaguid)
	return found, nil
}

func (t *tx) CredentialsOf(accountID string) ([]verifier.CredentialRecord, error) {
	return t.credentials("WHERE account_id = ? ORDER BY created_at, id", accountID)
}

func (t *tx) CredentialsOfModel(aaguid [16]byte) ([]verifier.CredentialRecord, error) {
	return t.credentials("WHERE aaguid = ?", aaguid[:])
}

func (t *tx) credentials(which string, value any) (found []verifier.CredentialRecord, err error) {
	err = t.rows(selectCredential+which, []any{value},
		func(scan func(...any) error) error {
			var (
				c      verifier.CredentialRecord
				aaguid []byte
			)
			err := scan(credentialTargets(&c, &aaguid)...)
			copy(c.AAGUID[:], aaguid)
			found = append(found, c)
			return err
		})
	return found, err
}

func (t *tx) InsertCredential(c verifier.CredentialRecord) error {
	return t.exec(`INSERT INTO credentials (id, account_id, name, computer, kind, aaguid, transports, is_virtual, public_key,
		sign_count, user_verified, backup_eligible, backup_state, attestation_format, attestation_type, created_at,
		last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		[]byte(c.ID), c.AccountID, c.Name, c.Computer, c.Kind, c.AAGUID[:], joined(c.Transports), c.Virtual, c.PublicKey,
		c.SignCount, c.UserVerified, c.BackupEligible, c.BackupState, c.AttestationFormat, c.AttestationType,
		micros(c.CreatedAt), micros(c.LastUsedAt))
}

func (t *tx) UpdateCredential(c verifier.CredentialRecord) error {
	return t.execOne(`UPDATE credentials SET name = ?, last_used_at = ?, sign_count = ?, user_verified = ?,
		backup_state = ? WHERE id = ?`,
		c.Name, micros(c.LastUsedAt), c.SignCount, c.UserVerified, c.BackupState, []byte(c.ID))
}

func (t *tx) DeleteCredential(id []byte) error {
	return t.execOne("DELETE FROM credentials WHERE id = ?", id)
}
