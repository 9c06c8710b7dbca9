package verifier

import (
	"time"

	"latchkey/fido/ceremony"
)

// Organization is what accounts and keys belong to. There is one per database.
type Organization struct {
	ID                 string // random, base64url
	Name               string
	RPID               string // relying party identifier, fixed for good
	VirtualKeysAllowed bool   // whether software keys may be enrolled

	// FingerprintAllowed says whether a finger counts that the operating system has
	// recognised by itself, and not the chip that keeps the key.
	FingerprintAllowed bool

	CreatedAt time.Time
}

// Role says what an account may do.
type Role string

// The roles.
const (
	RoleMember        Role = "member"
	RoleAdministrator Role = "administrator"
)

// Account is a person who signs in.
type Account struct {
	ID             string // random; not the WebAuthn user handle
	Username       string // unique, lower case
	DisplayName    string
	Role           Role
	FactorRequired bool // a key is needed to sign in, a password is not enough
	CreatedAt      time.Time
}

// AccountSummary is an account as an administrator sees it in a list.
type AccountSummary struct {
	Account
	Keys       int       // enrolled credentials of every kind that policy accepts
	LastSignIn time.Time // zero for never
}

// CredentialKind keeps apart what a person enrolled.
type CredentialKind string

// The kinds of credentials.
const (
	SecurityKey         CredentialKind = "security_key"
	DeviceAuthenticator CredentialKind = "device_authenticator"
	LegacyKey           CredentialKind = "legacy_key" // signs in; may be renamed and deleted, never added
)

// Credential is an enrolled key as its owner sees it.
type Credential struct {
	ID         ceremony.Bytes // credential id, at most 1023 bytes
	AccountID  string
	Name       string
	Computer   string // that a device authenticator is built into; "" for keys and where unknown
	Kind       CredentialKind
	AAGUID     [16]byte
	Transports []string
	Virtual    bool
	CreatedAt  time.Time
	LastUsedAt time.Time // zero for never
}

// Session is a signed-in person. Its token is known only to its holder.
type Session struct {
	ID              string // public name of the session, `sid` in tokens; grants nothing
	Account         Account
	Organization    Organization
	AMR             []string       // RFC 8176: "pwd" alone, or with "hwk" or "swk", "user", "mfa"
	CredentialID    ceremony.Bytes // the key it was made with, nil for a password alone
	CredentialName  string
	CredentialModel [16]byte  // its AAGUID
	AuthenticatedAt time.Time // the last time a key (or, without one, the password) was checked
	CreatedAt       time.Time
	IdleExpiresAt   time.Time // moves when the session is used
	ExpiresAt       time.Time // does not move
}

// Until is when the session ends if it is not used any more.
func (s Session) Until() time.Time {
	if s.IdleExpiresAt.Before(s.ExpiresAt) {
		return s.IdleExpiresAt
	}
	return s.ExpiresAt
}

// NewOrganization asks for an organisation and its first administrator.
type NewOrganization struct {
	Name               string
	RPID               string // "" means localhost
	VirtualKeysAllowed bool
	FingerprintAllowed bool
	Administrator      NewAccount // Role is ignored: it is an administrator
}

// NewAccount asks for an account.
type NewAccount struct {
	Username       string // 1 to 64 of a-z 0-9 . _ - @, begins with a letter or digit
	DisplayName    string // "" means the username
	Password       string // 12 code points at least, 1024 bytes at most
	Role           Role   // "" means member
	FactorOptional bool   // a password alone may sign this person in
}

// Next says what a right password leads to.
type Next string

// What comes after a right password.
const (
	NextAssert Next = "assert" // sign Request with a key, then FinishSignIn
	NextEnroll Next = "enroll" // no key yet: enrol one with Grant
	NextDone   Next = "done"   // signed in, Issued is set
)

// SignIn is the answer to a right password.
type SignIn struct {
	Next       Next
	Account    Account
	CeremonyID string                   // with NextAssert
	Request    *ceremony.RequestOptions // with NextAssert
	Grant      string                   // with NextEnroll: a secret that lets this person enrol a first key for ten minutes
	Issued     *IssuedSession           // with NextDone
}

// IssuedSession is a new session with the one copy of its token.
type IssuedSession struct {
	Token   string // 256 bits, base64url
	Session Session
}

// Assertion is a challenge to be signed by a key.
type Assertion struct {
	CeremonyID string
	Request    ceremony.RequestOptions
}

// Registration is a request to make a credential.
type Registration struct {
	CeremonyID string
	Options    ceremony.CreationOptions
}

// AccessToken is a signed statement of who is signed in, for local apps.
type AccessToken struct {
	JWT       string // ES256, RFC 7519
	ExpiresAt time.Time
}

// Event is a line of the audit trail.
type Event struct {
	Sequence int64
	At       time.Time
	Actor    string // username, "" when nobody is known
	Action   string // stable name, for example "sign_in.refused"
	Subject  string // what it was done to
	Outcome  string // "ok" or the code of the error
	Detail   string
}
