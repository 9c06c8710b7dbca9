package verifier

import (
	"bytes"
	"errors"
	"time"

	"latchkey/fido/ceremony"
)

// checkAssertion judges an assertion over a challenge that has been taken: WebAuthn
// L3 §7.2 from step 5 on. What go-webauthn checks is in verifyAssertion, what
// needs the store is here. It updates the credential record (step 26) and counts
// failures, which the caller keeps by refusing with refused.
func checkAssertion(tx Tx, now time.Time, organization Organization, account AccountRecord, challenge Challenge, response ceremony.AuthenticationResponse) (CredentialRecord, error) {
	throttle := assertionThrottle(account.ID)
	if err := checkThrottle(tx, throttle, now); err != nil {
		return CredentialRecord{}, err
	}
	credential, err := verifyAgainstRecord(tx, now, organization, account, challenge, response)
	if err != nil {
		if _, refusal := errors.AsType[*Error](err); !refusal {
			return CredentialRecord{}, err
		}
		if _, failed := countFailure(tx, throttle, now); failed != nil {
			return CredentialRecord{}, failed
		}
		return CredentialRecord{}, err
	}
	credential.LastUsedAt = now
	if err := tx.UpdateCredential(credential); err != nil {
		return CredentialRecord{}, err
	}
	return credential, tx.DeleteThrottle(throttle)
}

func verifyAgainstRecord(tx Tx, now time.Time, organization Organization, account AccountRecord, challenge Challenge, response ceremony.AuthenticationResponse) (CredentialRecord, error) {
	if len(response.ID) == 0 || len(response.ID) > maxCredentialID {
		return CredentialRecord{}, refuse(CodeVerification, "credential id has %d bytes", len(response.ID))
	}
	// Steps 5 and 6: the credential is one of the allow list, which had all of the
	// account's credentials at the time, so it is this account's and not younger. One
	// from the future was made under a clock that was ahead, and so before.
	credential, err := tx.Credential(response.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return CredentialRecord{}, err
	}
	younger := credential.CreatedAt.After(challenge.CreatedAt) && !credential.CreatedAt.After(now)
	if err != nil || credential.AccountID != account.ID || younger {
		return CredentialRecord{}, refuse(CodeUnknownCredential, "the credential is not in the allow list")
	}
	if !organization.Accepts(credential.Credential) { // policy has changed since the challenge
		return CredentialRecord{}, ErrFingerprint
	}
	// Step 6: a user handle is optional with an allow list, but it has to be right.
	if len(response.Response.UserHandle) > 0 && !bytes.Equal(response.Response.UserHandle, account.UserHandle) {
		return CredentialRecord{}, refuse(CodeVerification, "the user handle is not the account's")
	}

	data, err := verifyAssertion(organization.RPID, challenge.Value, credential, response)
	if err != nil {
		return CredentialRecord{}, err
	}
	// Step 17: a key that was enrolled with user verification always verifies.
	if !data.userVerified && credential.Kind != LegacyKey {
		return CredentialRecord{}, refuse(CodeUserNotVerified, "the UV flag is not set")
	}
	// Step 19: whether a credential can be backed up never changes.
	if data.backupEligible != credential.BackupEligible {
		return CredentialRecord{}, refuse(CodeVerification, "the BE flag has changed")
	}
	// Step 22: a counter that does not grow may be that of a copy. The stored one
	// stays, so that the copy with the higher counter does not win.
	if (data.signCount != 0 || credential.SignCount != 0) && data.signCount <= credential.SignCount {
		return CredentialRecord{}, refuse(CodeCounter, "the counter is %d after %d", data.signCount, credential.SignCount)
	}
	credential.SignCount = data.signCount
	credential.BackupState = data.backupState
	credential.UserVerified = credential.UserVerified || data.userVerified
	return credential, nil
}
