package verifier

import (
	"strings"
	"time"
)

// Code is the stable name of a refusal.
type Code string

// Error is a refusal. Code is stable and safe to show, Field and Message say what
// to mend in bad input, Message with other codes what to do in place of the usual;
// Err is the private cause and is for logs alone.
type Error struct {
	Code    Code
	Field   string    // which input, with CodeInvalid
	Message string    // a sentence for the person, with CodeInvalid; what to do, with others
	Until   time.Time // when to try again, with CodeLocked
	Err     error
}

// The refusals.
const (
	CodeNoOrganization     Code = "no_organization"      // init first
	CodeOrganizationExists Code = "organization_exists"  // there is one already
	CodeInvalid            Code = "invalid_input"        // see Field and Message
	CodeUsernameTaken      Code = "username_taken"       // choose another
	CodeWrongPassword      Code = "wrong_password"       // or an unknown user: never told apart
	CodeLocked             Code = "locked"               // too many wrong passwords, see Until
	CodeFactorRequired     Code = "factor_required"      // a key is needed and there is none; after deleting the last one, see OpenEnrollment
	CodeSignedOut          Code = "signed_out"           // no such session, or it has ended
	CodeReauthenticate     Code = "reauthenticate"       // the session is too old for this: step up first
	CodeForbidden          Code = "forbidden"            // administrators only
	CodeChallengeUsed      Code = "challenge_used"       // unknown, used or expired challenge
	CodeVerification       Code = "verification_failed"  // the response does not check out
	CodeCounter            Code = "counter_regression"   // the key may have been cloned
	CodeDuplicate          Code = "duplicate_credential" // that key is enrolled already
	CodeUserNotVerified    Code = "user_not_verified"    // the key did not ask for a PIN or finger
	CodeVirtualKey         Code = "virtual_key_refused"  // the organisation does not allow software keys
	CodeFingerprint        Code = "fingerprint_refused"  // the organisation does not take the system's word for a finger
	CodeLegacyKey          Code = "legacy_key_refused"   // U2F-only keys cannot be enrolled
	CodeUnknownCredential  Code = "unknown_credential"   // no such key
	CodeLastFactor         Code = "last_factor"          // deleting it locks its owner out: say so explicitly
	CodeClock              Code = "clock"                // this computer's clock is before what is on record, see BeginSignInByThisClock
	CodeStoreBusy          Code = "store_busy"           // another process holds the database
	CodeStoreCorrupt       Code = "store_corrupt"        // the database is damaged
	CodeStoreFull          Code = "store_full"           // no space left
	CodeStoreReadOnly      Code = "store_read_only"      // cannot write where the database is
	CodeStoreNewer         Code = "store_newer"          // made by a newer Latchkey
	CodeStoreUnsafe        Code = "store_unsafe"         // others can read or change the database file
	CodeSealUnavailable    Code = "seal_unavailable"     // no keyring: the signing key cannot be used
	CodeInternal           Code = "internal"             // a bug or an unknown failure
)

// Targets for errors.Is.
var (
	ErrNoOrganization     = &Error{Code: CodeNoOrganization}
	ErrOrganizationExists = &Error{Code: CodeOrganizationExists}
	ErrInvalid            = &Error{Code: CodeInvalid}
	ErrUsernameTaken      = &Error{Code: CodeUsernameTaken}
	ErrWrongPassword      = &Error{Code: CodeWrongPassword}
	ErrLocked             = &Error{Code: CodeLocked}
	ErrFactorRequired     = &Error{Code: CodeFactorRequired}
	ErrSignedOut          = &Error{Code: CodeSignedOut}
	ErrReauthenticate     = &Error{Code: CodeReauthenticate}
	ErrForbidden          = &Error{Code: CodeForbidden}
	ErrChallengeUsed      = &Error{Code: CodeChallengeUsed}
	ErrVerification       = &Error{Code: CodeVerification}
	ErrCounter            = &Error{Code: CodeCounter}
	ErrDuplicate          = &Error{Code: CodeDuplicate}
	ErrUserNotVerified    = &Error{Code: CodeUserNotVerified}
	ErrVirtualKey         = &Error{Code: CodeVirtualKey}
	ErrFingerprint        = &Error{Code: CodeFingerprint}
	ErrLegacyKey          = &Error{Code: CodeLegacyKey}
	ErrUnknownCredential  = &Error{Code: CodeUnknownCredential}
	ErrLastFactor         = &Error{Code: CodeLastFactor}
	ErrClock              = &Error{Code: CodeClock}
	ErrStoreBusy          = &Error{Code: CodeStoreBusy}
	ErrStoreCorrupt       = &Error{Code: CodeStoreCorrupt}
	ErrStoreFull          = &Error{Code: CodeStoreFull}
	ErrStoreReadOnly      = &Error{Code: CodeStoreReadOnly}
	ErrStoreNewer         = &Error{Code: CodeStoreNewer}
	ErrStoreUnsafe        = &Error{Code: CodeStoreUnsafe}
	ErrSealUnavailable    = &Error{Code: CodeSealUnavailable}
	ErrInternal           = &Error{Code: CodeInternal}
)

// Error gives the code, what to mend and the cause, for logs.
func (e *Error) Error() string {
	var out strings.Builder
	out.WriteString("verifier: ")
	out.WriteString(strings.ReplaceAll(string(e.Code), "_", " "))
	if e.Field != "" {
		out.WriteString(" (" + e.Field + ")")
	}
	if e.Message != "" {
		out.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		out.WriteString(": " + e.Err.Error())
	}
	return out.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an *Error of the same Code.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}
