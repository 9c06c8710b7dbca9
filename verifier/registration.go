package verifier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/fido/ceremony"
)

// enroller is who may make a credential: the holder of a session, or of a grant.
type enroller struct {
	account      AccountRecord
	organization Organization
	hash         []byte // of the token or grant
	holder       *holder
}

// enroller judges what somebody presents in order to make a credential.
func (v *Verifier) enroller(tx Tx, authority string, now time.Time) (enroller, error) {
	holder, err := v.holder(tx, authority, now)
	if err == nil {
		return enroller{holder.account, holder.organization, holder.session.TokenHash, &holder}, nil
	}
	if !errors.Is(err, ErrSignedOut) {
		return enroller{}, err
	}
	hash := hashSecret(authority)
	if hash == nil {
		return enroller{}, ErrSignedOut
	}
	grant, err := tx.Grant(hash)
	if errors.Is(err, ErrNotFound) || err == nil && !now.Before(grant.ExpiresAt) {
		return enroller{}, ErrSignedOut
	}
	if err != nil {
		return enroller{}, err
	}
	granted := enroller{hash: hash}
	if granted.organization, err = organization(tx); err != nil {
		return enroller{}, err
	}
	if granted.account, err = tx.Account(grant.AccountID); err != nil {
		return enroller{}, err
	}
	// What a password alone may do ends with the first key that counts.
	credentials, err := tx.CredentialsOf(grant.AccountID)
	if err == nil && len(accepted(granted.organization, credentials)) > 0 {
		err = ErrSignedOut
	}
	return granted, err
}

// BeginRegistration asks for a new credential (WebAuthn L3 §5.4). authority is a
// session token whose assertion is fresh, or an enrolment grant.
func (v *Verifier) BeginRegistration(ctx context.Context, authority string, kind CredentialKind) (Registration, error) {
	var attachment string
	switch kind {
	case SecurityKey:
		attachment = ceremony.AttachmentCrossPlatform
	case DeviceAuthenticator:
		attachment = ceremony.AttachmentPlatform
	case LegacyKey:
		return Registration{}, ErrLegacyKey
	default:
		return Registration{}, invalid("kind", "Choose a security key or this device.")
	}
	var registration Registration
	err := v.update(ctx, func(tx Tx) error {
		now := v.now()
		if err := checkClock(tx, now); err != nil {
			return err
		}
		enroller, err := v.enroller(tx, authority, now)
		if err != nil {
			return err
		}
		if enroller.holder != nil {
			if err := v.checkFresh(tx, *enroller.holder, now); err != nil {
				return err
			}
		}
		credentials, err := tx.CredentialsOf(enroller.account.ID)
		if err != nil {
			return err
		}
		if len(credentials) >= maxCredentials {
			return errTooMany
		}
		challenge, err := v.openChallenge(tx, now, Challenge{
			Purpose: PurposeRegister, AccountID: enroller.account.ID, Authority: enroller.hash, Kind: kind})
		if err != nil {
			return err
		}
		registration = Registration{
			CeremonyID: challenge.ID,
			Options: ceremony.CreationOptions{
				RP: ceremony.RelyingParty{ID: enroller.organization.RPID, Name: enroller.organization.Name},
				User: ceremony.User{ID: enroller.account.UserHandle, Name: enroller.account.Username,
					DisplayName: enroller.account.DisplayName},
				Challenge:          challenge.Value,
				PubKeyCredParams:   credentialParameters(),
				Timeout:            uint32(v.options.ChallengeTTL.Milliseconds()),
				ExcludeCredentials: descriptors(credentials),
				AuthenticatorSelection: ceremony.AuthenticatorSelection{
					AuthenticatorAttachment: attachment,
					ResidentKey:             "discouraged", // keys have room for a few dozen only
					UserVerification:        ceremony.VerificationRequired,
				},
				Attestation: "direct", // the model is worth knowing
			},
		}
		return nil
	})
	return registration, err
}

func credentialParameters() []ceremony.CredentialParameter {
	out := make([]ceremony.CredentialParameter, len(algorithms))
	for i, algorithm := range algorithms {
		out[i] = ceremony.CredentialParameter{Type: ceremony.CredentialTypePublicKey, Alg: algorithm}
	}
	return out
}

// errTooMany refuses a credential more than an account may have.
var errTooMany = invalid("kind", fmt.Sprintf("There are %d keys already. Delete one first.", maxCredentials))

// CheckName refuses what FinishRegistration and RenameCredential would not take for
// the name of a credential.
func CheckName(name string) error {
	_, err := cleanName("name", name)
	return err
}

// FinishRegistration checks the new credential and stores it under label's name (""
// lets the verifier choose one), with a number behind it where the account has a key of
// that name. authority is the one that the registration began with.
func (v *Verifier) FinishRegistration(ctx context.Context, authority, ceremonyID string, response ceremony.RegistrationResponse, label Label) (Credential, error) {
	label, err := label.clean()
	if err != nil {
		return Credential{}, err
	}
	var credential CredentialRecord
	err = v.update(ctx, func(tx Tx) error {
		now := v.now()
		if err := checkClock(tx, now); err != nil {
			return err
		}
		enroller, err := v.enroller(tx, authority, now)
		if err != nil {
			return err
		}
		event := Event{Actor: enroller.account.Username, Action: eventEnrollRefused, Subject: enroller.account.Username}
		challenge, err := takeChallenge(tx, ceremonyID, enroller.hash, now, PurposeRegister)
		if err != nil {
			return refused(tx, now, event, err)
		}
		// There may be a first key since the ceremony began: then the password alone is
		// not enough to add another one beside it.
		if enroller.holder != nil {
			if err := checkFactor(tx, *enroller.holder); err != nil {
				return refused(tx, now, event, err)
			}
		}
		credential, err = checkRegistration(tx, enroller.organization, challenge, response)
		if err != nil {
			return refused(tx, now, event, err)
		}
		credentials, err := tx.CredentialsOf(enroller.account.ID)
		if err != nil {
			return err
		}
		if len(credentials) >= maxCredentials { // others were added since the ceremony began
			return refused(tx, now, event, errTooMany)
		}
		credential.CreatedAt = now
		credential.Name = freeName(credentials, cmp.Or(label.Name, defaultName(credential.Kind)))
		if credential.Kind == DeviceAuthenticator {
			credential.Computer = label.Computer
		}
		if err := tx.InsertCredential(credential); err != nil {
			return err
		}
		// A first key ends what a password alone could do.
		if err := tx.DeleteGrantsOf(enroller.account.ID); err != nil {
			return err
		}
		enroller.account.EnrollmentOpen = false
		if err := tx.UpdateAccount(enroller.account); err != nil {
			return err
		}
		event.Action, event.Outcome = eventEnrolled, outcomeOK
		event.Detail = fmt.Sprintf("%s, %s attestation (%s)", credential.Name, credential.AttestationFormat, credential.AttestationType)
		return record(tx, now, event)
	})
	if err != nil {
		return Credential{}, err
	}
	return credential.Credential, nil
}

// checkRegistration judges a new credential: WebAuthn L3 §7.1. What go-webauthn
// checks is in verifyRegistration, what is ours to decide is here.
func checkRegistration(tx Tx, organization Organization, challenge Challenge, response ceremony.RegistrationResponse) (CredentialRecord, error) {
	if err := checkTransports(response.Response.Transports); err != nil {
		return CredentialRecord{}, err
	}
	credential, err := verifyRegistration(organization.RPID, challenge.Value, response)
	if err != nil {
		return CredentialRecord{}, err
	}
	// Step 16: a PIN or finger was required. Keys that only know U2F have neither.
	if !credential.UserVerified {
		return CredentialRecord{}, refuse(CodeUserNotVerified, "the UV flag is not set")
	}
	// The person was asked for one kind and an authenticator of the other answered.
	platform := response.AuthenticatorAttachment == ceremony.AttachmentPlatform
	if response.AuthenticatorAttachment != "" && platform != (challenge.Kind == DeviceAuthenticator) {
		return CredentialRecord{}, refuse(CodeVerification, "the attachment %q does not fit a %s", response.AuthenticatorAttachment, challenge.Kind)
	}
	credential.Virtual = slices.Contains(virtualModels, credential.AAGUID)
	if credential.Virtual && !organization.VirtualKeysAllowed {
		return CredentialRecord{}, ErrVirtualKey
	}
	if !organization.Accepts(credential.Credential) {
		return CredentialRecord{}, ErrFingerprint
	}
	// Step 26: a credential id is registered once, over all accounts.
	switch _, err := tx.Credential(credential.ID); {
	case err == nil:
		return CredentialRecord{}, ErrDuplicate
	case !errors.Is(err, ErrNotFound):
		return CredentialRecord{}, err
	}
	credential.AccountID = challenge.AccountID
	credential.Kind = challenge.Kind
	credential.Transports = slices.Compact(slices.Sorted(slices.Values(response.Response.Transports)))
	return credential, nil
}

// Label is how a new credential is told from others.
type Label struct {
	Name     string // what its owner calls it, "" for a name by its kind
	Computer string // the computer that a device authenticator is built into, "" where unknown
}

func (l Label) clean() (Label, error) {
	var err error
	if l.Name != "" {
		if l.Name, err = cleanName("name", l.Name); err != nil {
			return Label{}, err
		}
	}
	if l.Computer != "" {
		if l.Computer, err = cleanName("computer", l.Computer); err != nil {
			return Label{}, err
		}
	}
	return l, nil
}

// checkTransports bounds what will be handed out again. Unknown transports are
// kept, as WebAuthn L3 §5.8.4 wants.
func checkTransports(transports []string) error {
	if len(transports) > maxTransports {
		return refuse(CodeVerification, "there are %d transports", len(transports))
	}
	for _, transport := range transports {
		if len(transport) == 0 || len(transport) > maxTransportBytes {
			return refuse(CodeVerification, "a transport has %d bytes", len(transport))
		}
		for _, r := range []byte(transport) {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return refuse(CodeVerification, "a transport has the character %q", r)
			}
		}
	}
	return nil
}

// defaultName is what a credential is called when nobody has a better name for it.
func defaultName(kind CredentialKind) string {
	if kind == DeviceAuthenticator {
		return "This device"
	}
	return "Security key"
}

// freeName is wanted, or where one of the credentials has that name, wanted with the
// first free number behind it. It is never longer than a name may be.
func freeName(credentials []CredentialRecord, wanted string) string {
	name := wanted
	for n := 2; slices.ContainsFunc(credentials, func(c CredentialRecord) bool { return c.Name == name }); n++ {
		number := fmt.Sprintf(" %d", n)
		runes := []rune(wanted)
		name = string(runes[:min(len(runes), maxNameRunes-len(number))]) + number
	}
	return name
}
