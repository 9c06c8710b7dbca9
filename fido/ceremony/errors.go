package ceremony

import (
	"strings"
	"time"
)

// Code is the stable name of a way in which a ceremony can end.
type Code string

// Error is how a ceremony fails. Compare with errors.Is against the Err
// variables, which match by Code alone; use errors.As for what the key told.
type Error struct {
	Code    Code
	Device  string // name or path of the key concerned, "" for none
	Retries int    // PIN tries left, with CodePINInvalid; -1 where unknown
	Fix     string // an exact instruction that only the place of the failure knows, "" for none
	Err     error  // the cause, nil for none

	// Wait is how long at most until a PIN is taken again, with CodePINAuthBlocked; 0
	// where unknown and where time alone does not help.
	Wait time.Duration
}

// The ways in which a ceremony can end badly.
const (
	CodeCanceled       Code = "canceled"         // the person or the program gave up
	CodeTimeout        Code = "timeout"          // nobody touched the key in time
	CodeNoDevice       Code = "no_device"        // no key is plugged in
	CodeNoAccess       Code = "no_access"        // there is one, the system does not let us open it
	CodeUnplugged      Code = "unplugged"        // the key went away in the middle
	CodeBusy           Code = "busy"             // another program is using the key
	CodePINInvalid     Code = "pin_invalid"      // wrong PIN, see Retries
	CodePINBlocked     Code = "pin_blocked"      // out of tries: only a reset helps
	CodePINAuthBlocked Code = "pin_auth_blocked" // too many in a row: unplug and plug in again
	CodePINNotSet      Code = "pin_not_set"      // the key has no PIN and needs one
	CodePINPolicy      Code = "pin_policy"       // the key refuses that new PIN
	CodePINRequired    Code = "pin_required"     // a PIN is needed and nobody could be asked
	CodeUVBlocked      Code = "uv_blocked"       // the fingerprint reader has locked itself
	CodeExcluded       Code = "excluded"         // this key is enrolled already
	CodeNoCredential   Code = "no_credential"    // no credential of this account on any key
	CodeKeyFull        Code = "key_full"         // no room for another credential
	CodeDenied         Code = "denied"           // the person declined on the key itself
	CodeUnsupported    Code = "unsupported"      // the key cannot do what is asked
	CodeU2FOnly        Code = "u2f_only"         // a legacy key: signs in, cannot be enrolled
	CodeNotSetUp       Code = "not_set_up"       // the built-in authenticator has to be set up first
	CodeDevice         Code = "device"           // the key answered something unexpected
)

// Targets for errors.Is.
var (
	ErrCanceled       = &Error{Code: CodeCanceled}
	ErrTimeout        = &Error{Code: CodeTimeout}
	ErrNoDevice       = &Error{Code: CodeNoDevice}
	ErrNoAccess       = &Error{Code: CodeNoAccess}
	ErrUnplugged      = &Error{Code: CodeUnplugged}
	ErrBusy           = &Error{Code: CodeBusy}
	ErrPINInvalid     = &Error{Code: CodePINInvalid}
	ErrPINBlocked     = &Error{Code: CodePINBlocked}
	ErrPINAuthBlocked = &Error{Code: CodePINAuthBlocked}
	ErrPINNotSet      = &Error{Code: CodePINNotSet}
	ErrPINPolicy      = &Error{Code: CodePINPolicy}
	ErrPINRequired    = &Error{Code: CodePINRequired}
	ErrUVBlocked      = &Error{Code: CodeUVBlocked}
	ErrExcluded       = &Error{Code: CodeExcluded}
	ErrNoCredential   = &Error{Code: CodeNoCredential}
	ErrKeyFull        = &Error{Code: CodeKeyFull}
	ErrDenied         = &Error{Code: CodeDenied}
	ErrUnsupported    = &Error{Code: CodeUnsupported}
	ErrU2FOnly        = &Error{Code: CodeU2FOnly}
	ErrNotSetUp       = &Error{Code: CodeNotSetUp}
	ErrDevice         = &Error{Code: CodeDevice}
)

// Error gives the code, the device and the cause for logs; what a person reads is
// made from Code by the app.
func (e *Error) Error() string {
	var out strings.Builder
	out.WriteString("ceremony: ")
	out.WriteString(strings.ReplaceAll(string(e.Code), "_", " "))
	if e.Device != "" {
		out.WriteString(" (" + e.Device + ")")
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
