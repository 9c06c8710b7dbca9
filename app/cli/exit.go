package cli

import (
	"errors"

	"latchkey/app/companion"
)

// The exit codes. docs/cli.md lists them for people; a test keeps both the same.
const (
	exitOK         = 0
	exitFailure    = 1
	exitUsage      = 2
	exitNotSetUp   = 3
	exitSignedOut  = 4
	exitRefused    = 5
	exitKey        = 6
	exitKeyring    = 7
	exitStorage    = 8
	exitClock      = 9
	exitSelfCheck  = 10
	exitTerminated = 130
)

// errUsage marks a command line that cannot be understood.
var errUsage = errors.New("usage")

// exitCodes gives the exit code of each message code that is not exitFailure.
var exitCodes = map[string]int{
	"input": exitUsage, "invalid_input": exitUsage, "username_taken": exitUsage,
	"unknown_key": exitUsage, "ambiguous_key": exitUsage, "unknown_credential": exitUsage,

	"no_organization": exitNotSetUp, "organization_exists": exitNotSetUp,

	"not_signed_in": exitSignedOut, "signed_out": exitSignedOut, "reauthenticate": exitSignedOut,
	"factor_required": exitSignedOut, "enroll_first": exitSignedOut,

	"wrong_password": exitRefused, "locked": exitRefused, "forbidden": exitRefused,
	"challenge_used": exitRefused, "verification_failed": exitRefused, "counter_regression": exitRefused,
	"duplicate_credential": exitRefused, "user_not_verified": exitRefused, "virtual_key_refused": exitRefused,
	"legacy_key_refused": exitRefused, "fingerprint_refused": exitRefused, "last_factor": exitRefused, "excluded": exitRefused,
	"pin_invalid": exitRefused, "pin_blocked": exitRefused, "pin_auth_blocked": exitRefused,
	"pin_policy": exitRefused, "uv_blocked": exitRefused, "denied": exitRefused, "u2f_only": exitRefused,

	"timeout": exitKey, "no_device": exitKey, "no_access": exitKey, "unplugged": exitKey, "busy": exitKey,
	"pin_not_set": exitKey, "pin_required": exitKey, "no_credential": exitKey, "key_full": exitKey,
	"use_another": exitKey, "other_computer": exitKey, "not_here": exitKey,
	"unsupported": exitKey, "not_set_up": exitKey, "device": exitKey,

	"no_keyring": exitKeyring, "keyring_locked": exitKeyring, "not_stored": exitKeyring,
	"seal_unavailable": exitKeyring,

	"store_busy": exitStorage, "store_corrupt": exitStorage, "store_full": exitStorage,
	"store_read_only": exitStorage, "store_newer": exitStorage, "store_unsafe": exitStorage,

	"clock": exitClock, "problems_found": exitSelfCheck, "canceled": exitTerminated,
}

// exitCode returns the exit code for err.
func exitCode(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	}
	if code, ok := exitCodes[companion.Describe(err).Code]; ok {
		return code
	}
	return exitFailure
}
