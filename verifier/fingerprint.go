package verifier

import (
	"context"
	"slices"
)

// fingerprintAAGUID is the model of a Linux computer's TPM behind the fingerprint reader
// of the system: "LatchkeyLinuxFPR". What checks the finger there is software, which
// whoever runs as the person could go around; so an organisation has to want it.
var fingerprintAAGUID = [16]byte([]byte("LatchkeyLinuxFPR"))

// Accepts tells whether the organisation's policy lets a credential sign in.
func (o Organization) Accepts(credential Credential) bool {
	return o.FingerprintAllowed || credential.AAGUID != fingerprintAAGUID
}

// accepted are those of the credentials that may sign in. What policy has ruled out
// counts for nothing: not as the last factor, and not as one to ask for.
func accepted(organization Organization, credentials []CredentialRecord) []CredentialRecord {
	return slices.DeleteFunc(slices.Clone(credentials), func(c CredentialRecord) bool {
		return !organization.Accepts(c.Credential)
	})
}

// AllowFingerprint decides whether a finger counts that the operating system has
// recognised, and not the chip that keeps the key. Without it no such key is enrolled,
// those that there are do not sign in any more, and sessions made with them end. It is
// for administrators with a fresh assertion.
func (v *Verifier) AllowFingerprint(ctx context.Context, token string, allowed bool) error {
	return v.update(ctx, func(tx Tx) error {
		now := v.now()
		holder, err := v.administrator(tx, token, now)
		if err != nil {
			return err
		}
		changed := holder.organization
		changed.FingerprintAllowed = allowed
		if err := tx.UpdateOrganization(changed); err != nil {
			return err
		}
		detail := "fingerprint allowed"
		if !allowed {
			detail = "fingerprint not allowed"
			if err := endRefusedSessions(tx, changed); err != nil {
				return err
			}
		}
		return record(tx, now, Event{Actor: holder.account.Username, Action: eventPolicyChanged,
			Subject: changed.Name, Outcome: outcomeOK, Detail: detail})
	})
}

// endRefusedSessions ends those that rest on a credential that policy rules out.
func endRefusedSessions(tx Tx, organization Organization) error {
	everybody, err := tx.Summaries()
	if err != nil {
		return err
	}
	for _, account := range everybody {
		credentials, err := tx.CredentialsOf(account.ID)
		if err != nil {
			return err
		}
		for _, credential := range credentials {
			if organization.Accepts(credential.Credential) {
				continue
			}
			if err := tx.DeleteSessionsOf(credential.ID, ""); err != nil {
				return err
			}
		}
	}
	return nil
}
