package verifier

import (
	"context"
	"slices"
)

// fingerprintModels are the AAGUIDs of a Linux computer's TPM behind the fingerprint reader
// of the system, "LatchkeyLinuxFPR", and of a software TPM behind it. What checks the
// finger there is software, which whoever runs as the person could go around; so an
// organisation has to want it.
var fingerprintModels = [][16]byte{[16]byte([]byte("LatchkeyLinuxFPR")), [16]byte([]byte("LatchkeyVirtFPR!"))}

// Accepts tells whether the organisation's policy lets a credential sign in.
func (o Organization) Accepts(credential Credential) bool { return o.acceptsModel(credential.AAGUID) }

func (o Organization) acceptsModel(aaguid [16]byte) bool {
	return o.FingerprintAllowed || !slices.Contains(fingerprintModels, aaguid)
}

// accepted are those of the credentials that may sign in. What policy has ruled out
// counts for nothing: not as the last factor, and not as one to ask for. It does not
// make the account one without keys either.
func accepted(organization Organization, credentials []CredentialRecord) []CredentialRecord {
	return slices.DeleteFunc(slices.Clone(credentials), func(c CredentialRecord) bool {
		return !organization.Accepts(c.Credential)
	})
}

// AllowFingerprint decides whether a finger counts that the operating system has
// recognised, and not the chip that keeps the key. Without it no such key is enrolled,
// and neither those that there are nor sessions made with them count any more; lockedOut
// are the people who have no other key, and need OpenEnrollment.
//
// It is for administrators with a fresh assertion, and withdrawing it for one that was
// not made with a finger: an organisation must not lose its last administrator by it.
func (v *Verifier) AllowFingerprint(ctx context.Context, token string, allowed bool) (lockedOut []Account, err error) {
	err = v.update(ctx, func(tx Tx) error {
		now := v.now()
		holder, err := v.administrator(tx, token, now)
		if err != nil {
			return err
		}
		changed := holder.organization
		changed.FingerprintAllowed = allowed
		if !changed.acceptsModel(holder.session.Model) {
			return invalid("fingerprint", "You signed in with a finger, which would not count any more. Sign in with another key first.")
		}
		if err := tx.UpdateOrganization(changed); err != nil {
			return err
		}
		detail := "fingerprint allowed"
		if !allowed {
			detail = "fingerprint not allowed"
			if lockedOut, err = withoutKey(tx, changed); err != nil {
				return err
			}
		}
		return record(tx, now, Event{Actor: holder.account.Username, Action: eventPolicyChanged,
			Subject: changed.Name, Outcome: outcomeOK, Detail: detail})
	})
	return lockedOut, err
}

// FingerprintOnly tells whom AllowFingerprint would lock out by withdrawing it: who has
// no other key. It is for administrators.
func (v *Verifier) FingerprintOnly(ctx context.Context, token string) (people []Account, err error) {
	err = v.held(ctx, token, func(tx Tx, holder holder) (err error) {
		if err = holder.administers(); err == nil {
			without := holder.organization
			without.FingerprintAllowed = false
			people, err = withoutKey(tx, without)
		}
		return err
	})
	return people, err
}

// withoutKey are the people who have keys, and none that counts.
func withoutKey(tx Tx, organization Organization) ([]Account, error) {
	everybody, err := tx.Summaries()
	if err != nil {
		return nil, err
	}
	refused, err := refusedKeys(tx, organization)
	if err != nil {
		return nil, err
	}
	var found []Account
	for _, account := range everybody {
		if count := refused[account.ID]; count > 0 && count == account.Keys {
			found = append(found, account.Account)
		}
	}
	return found, nil
}

// refusedKeys counts the credentials of each account, by its id, that policy rules out.
func refusedKeys(tx Tx, organization Organization) (map[string]int, error) {
	counts := map[string]int{}
	for _, model := range fingerprintModels {
		if organization.acceptsModel(model) {
			continue
		}
		credentials, err := tx.CredentialsOfModel(model)
		if err != nil {
			return nil, err
		}
		for _, credential := range credentials {
			counts[credential.AccountID]++
		}
	}
	return counts, nil
}
