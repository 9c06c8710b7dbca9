package companion

import (
	"context"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// RelyingParty checks what people and their keys present. *verifier.Verifier is
// one; a verifier on a server can be another. Every method that refuses returns
// an error wrapping *verifier.Error.
type RelyingParty interface {
	// Organization returns the organisation, or ErrNoOrganization before there is one.
	Organization(ctx context.Context) (verifier.Organization, error)
	// CreateOrganization makes the organisation and its first administrator at once.
	CreateOrganization(ctx context.Context, request verifier.NewOrganization) (verifier.Organization, verifier.Account, error)

	// BeginSignIn checks a password and says what is still missing.
	BeginSignIn(ctx context.Context, username, password string) (verifier.SignIn, error)
	// BeginSignInByThisClock is BeginSignIn for somebody who says that the clock is
	// right now and was ahead before; with a key it corrects the clock.
	BeginSignInByThisClock(ctx context.Context, username, password string) (verifier.SignIn, error)
	// FinishSignIn checks the assertion that either asked for.
	FinishSignIn(ctx context.Context, ceremonyID string, response ceremony.AuthenticationResponse) (verifier.IssuedSession, error)
	// BeginStepUp asks the holder of a session for a fresh assertion.
	BeginStepUp(ctx context.Context, token string) (verifier.Assertion, error)
	// FinishStepUp makes the session fresh again.
	FinishStepUp(ctx context.Context, token, ceremonyID string, response ceremony.AuthenticationResponse) (verifier.Session, error)

	// BeginRegistration asks for a new credential. authority is a session token whose
	// assertion is fresh, or an enrolment grant.
	BeginRegistration(ctx context.Context, authority string, kind verifier.CredentialKind) (verifier.Registration, error)
	// FinishRegistration checks the new credential and stores it under the label's name
	// ("" lets the verifier choose one), with a number behind it where that is taken.
	FinishRegistration(ctx context.Context, authority, ceremonyID string, response ceremony.RegistrationResponse, label verifier.Label) (verifier.Credential, error)

	// Session tells who holds token and moves its idle expiry.
	Session(ctx context.Context, token string) (verifier.Session, error)
	// SignOut ends the session; an unknown one is no error.
	SignOut(ctx context.Context, token string) error
	// AccessToken makes a token for a local app; audience "" means the organisation's RP ID.
	AccessToken(ctx context.Context, token, audience string) (verifier.AccessToken, error)
	// JWKS returns the public keys of access tokens, RFC 7517 §5.
	JWKS(ctx context.Context) ([]byte, error)

	// Credentials lists the keys of the session's owner, oldest first.
	Credentials(ctx context.Context, token string) ([]verifier.Credential, error)
	RenameCredential(ctx context.Context, token string, id ceremony.Bytes, name string) error
	// DeleteCredential needs a fresh assertion, and lockOut where it is the last
	// factor of somebody who must use one (ErrLastFactor otherwise).
	DeleteCredential(ctx context.Context, token string, id ceremony.Bytes, lockOut bool) error

	// AddAccount, Accounts and OpenEnrollment are for administrators. AddAccount needs a
	// fresh assertion.
	AddAccount(ctx context.Context, token string, request verifier.NewAccount) (verifier.Account, error)
	Accounts(ctx context.Context, token string) ([]verifier.AccountSummary, error)
	// OpenEnrollment lets somebody who has no key enrol one with the password alone. It
	// needs a fresh assertion of an administrator.
	OpenEnrollment(ctx context.Context, token, username string) error

	// AllowFingerprint decides whether a finger counts that the operating system has
	// recognised, and not the chip that keeps the key, and returns who has no key that
	// counts any more. It is for administrators and needs a fresh assertion.
	AllowFingerprint(ctx context.Context, token string, allowed bool) (lockedOut []verifier.Account, err error)
	// FingerprintOnly tells whom withdrawing it would lock out. It is for administrators.
	FingerprintOnly(ctx context.Context, token string) ([]verifier.Account, error)

	// CheckStore reads the whole database and the audit trail's chain.
	CheckStore(ctx context.Context) error
}

// Authenticator makes credentials and signs with them. Implementations return
// errors wrapping *ceremony.Error and ctx's error when ctx ends.
type Authenticator interface {
	// Kind is the sort of authenticator it is, known without asking anything of it.
	Kind() ceremony.Kind
	// Probe tells whether it can be used now, without touch or PIN.
	Probe(ctx context.Context) ceremony.Availability
	Create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (*ceremony.Created, error)
	Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error)
}

// Rollbacker is an Authenticator that keeps something for each credential and can
// take it back when the relying party refuses the registration.
type Rollbacker interface {
	Rollback(ctx context.Context, credentialID []byte) error
}

// KeyInspector tells about security keys.
type KeyInspector interface {
	// Inspect reads what the key at path says of itself, without touch or PIN.
	Inspect(ctx context.Context, path string) (ceremony.DeviceInfo, error)
}

// Vault keeps session tokens where only this person's programs can read them. A
// failure to reach it wraps ErrNoKeyring or ErrKeyringLocked.
type Vault interface {
	// Save keeps the token and makes the account the current one.
	Save(ctx context.Context, organizationID, username, token string) error
	// Load returns the current account's token, or that of username where it is not
	// "". No token is ErrNotSignedIn.
	Load(ctx context.Context, organizationID, username string) (token string, err error)
	// Delete forgets the token; none is no error.
	Delete(ctx context.Context, organizationID, username string) error
	// Check tells whether the vault can be read and written.
	Check(ctx context.Context) error
}

// Network tells whether this computer has a network, without sending anything.
type Network interface{ Online() bool }
