package verifier

import (
	"context"
	"errors"
	"time"
)

// What a Tx answers when a record is missing or in the way. They are between the
// verifier and its store and never reach a caller.
var (
	ErrNotFound = errors.New("verifier: no such record")
	ErrExists   = errors.New("verifier: record exists")
)

// Store keeps what the verifier must not forget.
//
// View and Update run fn in a transaction and return fn's error unchanged. They
// MUST be isolated as if all transactions ran one after another, MUST return
// ctx's error (wrapped or not) without having changed anything when ctx ends
// before the commit, and MUST be safe for concurrent use, by several processes
// where the store is a file. fn MUST NOT use the Tx after it returns or start
// another transaction.
//
// Update MUST have everything on stable storage before it returns nil and MUST
// leave nothing behind when fn fails or panics. View MUST refuse writes; where
// nothing was ever stored it may answer ErrNoOrganization without running fn.
//
// What goes wrong in the store itself MUST be an *Error with one of the
// CodeStore codes, or CodeInternal.
type Store interface {
	View(ctx context.Context, fn func(Tx) error) error
	Update(ctx context.Context, fn func(Tx) error) error
	// Check reads everything and returns an error of CodeStoreCorrupt where a
	// record is damaged or refers to one that is not there.
	Check(ctx context.Context) error
}

// Tx is what can be done inside a transaction. Lookups that find nothing MUST
// return ErrNotFound; inserts of a record that is there already MUST return
// ErrExists and change nothing; updates and single deletes of a missing record
// MUST return ErrNotFound. Records going in and out MUST be copies. Times have
// microseconds and MUST come back in UTC; the zero time stays zero.
type Tx interface {
	OrganizationTx
	AccountTx
	CredentialTx
	ChallengeTx
	SessionTx
	GrantTx
	ThrottleTx
	SigningKeyTx
	EventTx
}

// OrganizationTx keeps the one organisation.
type OrganizationTx interface {
	Organization() (Organization, error)
	// InsertOrganization MUST return ErrExists when there is any organisation.
	InsertOrganization(Organization) error
	// UpdateOrganization changes Name, VirtualKeysAllowed and FingerprintAllowed of the
	// one with that ID. It MUST return ErrNotFound where there is none.
	UpdateOrganization(Organization) error
}

// AccountRecord is an account with what only the verifier sees.
type AccountRecord struct {
	Account
	UserHandle     []byte // WebAuthn L3 §5.4.3: 32 random bytes, unique
	PasswordHash   string // PHC string
	EnrollmentOpen bool   // a password alone may enrol the first key
	LastSignIn     time.Time
}

// AccountTx keeps accounts. ID, Username and UserHandle MUST each be unique.
type AccountTx interface {
	Account(id string) (AccountRecord, error)
	AccountByUsername(username string) (AccountRecord, error)
	// Summaries MUST be sorted by username.
	Summaries() ([]AccountSummary, error)
	InsertAccount(AccountRecord) error
	UpdateAccount(AccountRecord) error
}

// CredentialRecord is a credential record, WebAuthn L3 §4.
type CredentialRecord struct {
	Credential
	PublicKey         []byte // COSE_Key, canonical CBOR
	SignCount         uint32
	UserVerified      bool // uvInitialized
	BackupEligible    bool
	BackupState       bool
	AttestationFormat string // "none", "packed", …
	AttestationType   string // as go-webauthn names it: "none", "basic_surrogate", "basic_full", …
}

// CredentialTx keeps credentials. ID MUST be unique over all accounts, and a
// credential's account MUST exist (ErrNotFound).
type CredentialTx interface {
	Credential(id []byte) (CredentialRecord, error)
	// CredentialsOf MUST be sorted, oldest first, then by ID.
	CredentialsOf(accountID string) ([]CredentialRecord, error)
	// CredentialsOfModel returns those of one AAGUID over all accounts, in any order.
	CredentialsOfModel(aaguid [16]byte) ([]CredentialRecord, error)
	InsertCredential(CredentialRecord) error
	// UpdateCredential changes Name, LastUsedAt, SignCount, UserVerified and BackupState.
	UpdateCredential(CredentialRecord) error
	DeleteCredential(id []byte) error
}

// Purpose binds a challenge to one sort of ceremony.
type Purpose string

// The purposes of challenges.
const (
	PurposeSignIn       Purpose = "sign_in"
	PurposeCorrectClock Purpose = "correct_clock" // a sign-in that also declares the present clock right
	PurposeStepUp       Purpose = "step_up"
	PurposeRegister     Purpose = "register"
)

// Challenge is a ceremony that has begun.
type Challenge struct {
	ID        string // the ceremony's
	Purpose   Purpose
	AccountID string
	Authority []byte         // hash of the session token or grant that began it; nil for sign-in
	Kind      CredentialKind // with PurposeRegister
	Value     []byte         // 32 random bytes
	CreatedAt time.Time
	ExpiresAt time.Time
}

// ChallengeTx keeps challenges.
type ChallengeTx interface {
	InsertChallenge(Challenge) error
	// TakeChallenge deletes and returns it. Of any number of transactions that
	// take the same challenge and commit, exactly one MUST get it.
	TakeChallenge(id string) (Challenge, error)
	DeleteChallengesBefore(expiry time.Time) error
}

// SessionRecord is a session.
type SessionRecord struct {
	TokenHash       []byte // SHA-256
	ID              string
	AccountID       string
	AMR             []string
	CredentialID    []byte   // need not exist any more
	Model           [16]byte // AAGUID of that credential, zero without one
	AuthenticatedAt time.Time
	CreatedAt       time.Time
	IdleExpiresAt   time.Time
	ExpiresAt       time.Time
}

// SessionTx keeps sessions. TokenHash and ID MUST each be unique.
type SessionTx interface {
	Session(tokenHash []byte) (SessionRecord, error)
	InsertSession(SessionRecord) error
	// UpdateSession changes AMR, CredentialID, Model, AuthenticatedAt and IdleExpiresAt.
	UpdateSession(SessionRecord) error
	DeleteSession(id string) error
	// DeleteSessionsOf ends the sessions made with a credential, except one.
	DeleteSessionsOf(credentialID []byte, exceptID string) error
	// DeleteSessionsBefore deletes sessions of which either expiry is before it.
	DeleteSessionsBefore(expiry time.Time) error
}

// Grant lets an account without a key enrol its first one.
type Grant struct {
	Hash      []byte // SHA-256
	AccountID string
	ExpiresAt time.Time
}

// GrantTx keeps grants.
type GrantTx interface {
	Grant(hash []byte) (Grant, error)
	InsertGrant(Grant) error
	DeleteGrantsOf(accountID string) error
	DeleteGrantsBefore(expiry time.Time) error
}

// Throttle counts wrong tries in a row.
type Throttle struct {
	Key         []byte // SHA-256 of what is tried
	Failures    int
	LockedUntil time.Time
	ForgetAt    time.Time // when it is as if nothing had been tried
}

// ThrottleTx keeps throttles.
type ThrottleTx interface {
	Throttle(key []byte) (Throttle, error)
	// PutThrottle inserts or replaces it.
	PutThrottle(Throttle) error
	// DeleteThrottle deletes it; none is no error.
	DeleteThrottle(key []byte) error
	DeleteThrottlesBefore(forget time.Time) error
}

// SigningKey is a key that access tokens are signed with.
type SigningKey struct {
	KID       string // RFC 7638 thumbprint
	PublicKey []byte // uncompressed point on P-256, SEC 1 §2.3.3
	Sealed    []byte // the private key, AES-256-GCM
	CreatedAt time.Time
	RetiredAt time.Time // zero while in use
}

// SigningKeyTx keeps signing keys.
type SigningKeyTx interface {
	// SigningKeys MUST be sorted, newest first, then by KID.
	SigningKeys() ([]SigningKey, error)
	InsertSigningKey(SigningKey) error
	RetireSigningKey(kid string, at time.Time) error
}

// EventRecord is an event with its link in the chain.
type EventRecord struct {
	Event
	Hash []byte // SHA-256 over the hash before and this event
}

// EventTx keeps the audit trail. There MUST be no way to change or delete events.
type EventTx interface {
	LastEvent() (EventRecord, error)
	// LatestSince is the latest At of the events from the last one with that Action
	// on, or of all where there is none. It need not be the time of the last event,
	// and MUST stay quick however long the trail is.
	LatestSince(action string) (time.Time, error)
	// AppendEvent MUST return ErrExists unless Sequence is the last one plus one.
	AppendEvent(EventRecord) error
	// Events are those with a Sequence above after, in order, limit at most.
	Events(after int64, limit int) ([]EventRecord, error)
}
