package verifier

import (
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"latchkey/fido/ceremony"
)

const (
	challengeSize   = 32 // bytes; WebAuthn L3 §13.4.3 asks for 16 at least
	maxCeremonyName = 64
)

// openChallenge stores a fresh challenge for the ceremony that template describes,
// and forgets those that nobody answered in time.
func (v *Verifier) openChallenge(tx Tx, now time.Time, template Challenge) (Challenge, error) {
	template.ID = randomName(16)
	template.Value = randomBytes(challengeSize)
	template.CreatedAt = now
	template.ExpiresAt = now.Add(v.options.ChallengeTTL)
	return template, errors.Join(tx.DeleteChallengesBefore(now), tx.InsertChallenge(template))
}

// takeChallenge uses up the challenge of a ceremony. Whatever comes of it, the
// challenge is gone when the transaction commits: with the acknowledgement or with
// the refusal (WebAuthn L3 §13.4.3). authority is what the ceremony was begun with.
func takeChallenge(tx Tx, ceremonyID string, authority []byte, now time.Time, purposes ...Purpose) (Challenge, error) {
	if len(ceremonyID) > maxCeremonyName {
		return Challenge{}, ErrChallengeUsed
	}
	challenge, err := tx.TakeChallenge(ceremonyID)
	switch {
	case errors.Is(err, ErrNotFound):
		return Challenge{}, ErrChallengeUsed
	case err != nil:
		return Challenge{}, err
	case !slices.Contains(purposes, challenge.Purpose):
		return Challenge{}, refuse(CodeChallengeUsed, "the ceremony is for %s", challenge.Purpose)
	case subtle.ConstantTimeCompare(challenge.Authority, authority) != 1:
		return Challenge{}, refuse(CodeChallengeUsed, "the ceremony was begun by somebody else")
	case !now.Before(challenge.ExpiresAt) || now.Before(challenge.CreatedAt.Add(-sessionSkew)):
		return Challenge{}, refuse(CodeChallengeUsed, "the ceremony has expired")
	}
	return challenge, nil
}

// requestOptions asks for an assertion by any key of an account (WebAuthn L3 §5.5).
// User verification is required, but legacy keys may be unable to.
func (v *Verifier) requestOptions(organization Organization, challenge Challenge, credentials []CredentialRecord) ceremony.RequestOptions {
	options := ceremony.RequestOptions{
		Challenge:        challenge.Value,
		Timeout:          uint32(v.options.ChallengeTTL.Milliseconds()),
		RPID:             organization.RPID,
		AllowCredentials: descriptors(credentials),
		UserVerification: ceremony.VerificationRequired,
	}
	for _, credential := range credentials {
		if credential.Kind == LegacyKey {
			options.UserVerification = ceremony.VerificationPreferred
		}
	}
	return options
}

func descriptors(credentials []CredentialRecord) []ceremony.CredentialDescriptor {
	out := make([]ceremony.CredentialDescriptor, len(credentials))
	for i, credential := range credentials {
		out[i] = ceremony.CredentialDescriptor{
			Type: ceremony.CredentialTypePublicKey, ID: credential.ID, Transports: credential.Transports,
		}
	}
	return out
}
