package touchid

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/fido/ceremony"
)

// TestEveryErrorOfTheTableHasAnOutcome holds the table and the outcomes against each
// other, and each outcome to a sentence for the person.
func TestEveryErrorOfTheTableHasAnOutcome(t *testing.T) {
	named := map[errorCode]string{}
	for _, name := range appleNames {
		if name.domain == "" {
			continue
		}
		code := errorCode{name.domain, name.value}
		if named[code] != "" {
			t.Errorf("%s has the number of %s", name.name, named[code])
		}
		named[code] = name.name
		if _, ok := outcomes[code]; !ok {
			t.Errorf("%s has no outcome", name.name)
		}
	}
	for code, outcome := range outcomes {
		if named[code] == "" {
			t.Errorf("%v is not in the table", code)
		}
		if outcome.fix == "" && outcome.code != ceremony.CodeCanceled {
			t.Errorf("%s: nothing is said about what to do", named[code])
		}
		if outcome.fix != "" && !strings.HasSuffix(outcome.fix, ".") {
			t.Errorf("%s: no sentence: %s", named[code], outcome.fix)
		}
	}
}

// TestWhatAFingerComesTo plays each error where a finger is awaited.
func TestWhatAFingerComesTo(t *testing.T) {
	for code, want := range map[errorCode]*ceremony.Error{
		{laErrorDomain, -1}:                    ceremony.ErrDenied,
		{laErrorDomain, -2}:                    ceremony.ErrCanceled,
		{laErrorDomain, -3}:                    ceremony.ErrCanceled,
		{laErrorDomain, -4}:                    ceremony.ErrCanceled,
		{laErrorDomain, -5}:                    ceremony.ErrNotSetUp,
		{laErrorDomain, -6}:                    ceremony.ErrUnsupported,
		{laErrorDomain, -7}:                    ceremony.ErrNotSetUp,
		{laErrorDomain, -8}:                    ceremony.ErrUVBlocked,
		{laErrorDomain, -9}:                    ceremony.ErrCanceled,
		{laErrorDomain, -10}:                   ceremony.ErrCanceled,
		{laErrorDomain, -12}:                   ceremony.ErrNotSetUp,
		{laErrorDomain, -13}:                   ceremony.ErrNotSetUp,
		{laErrorDomain, -1004}:                 ceremony.ErrNoAccess,
		{"NSOSStatusErrorDomain", -4}:          ceremony.ErrUnsupported,
		{"NSOSStatusErrorDomain", -50}:         ceremony.ErrDevice,
		{"NSOSStatusErrorDomain", -128}:        ceremony.ErrCanceled,
		{"NSOSStatusErrorDomain", -25291}:      ceremony.ErrNoAccess,
		{"NSOSStatusErrorDomain", -25293}:      ceremony.ErrDenied,
		{"NSOSStatusErrorDomain", -25300}:      ceremony.ErrNoCredential,
		{"NSOSStatusErrorDomain", -25304}:      ceremony.ErrNoCredential,
		{"NSOSStatusErrorDomain", -25308}:      ceremony.ErrNoAccess,
		{"NSOSStatusErrorDomain", -25315}:      ceremony.ErrNoAccess,
		{"NSOSStatusErrorDomain", -25320}:      ceremony.ErrNoAccess,
		{"NSOSStatusErrorDomain", -34018}:      ceremony.ErrNoAccess,
		{"NSOSStatusErrorDomain", -67062}:      ceremony.ErrNoAccess,
		{"CryptoTokenKit", -1}:                 ceremony.ErrUnsupported,
		{"CryptoTokenKit", -2}:                 ceremony.ErrDevice,
		{"CryptoTokenKit", -3}:                 ceremony.ErrNoCredential,
		{"CryptoTokenKit", -4}:                 ceremony.ErrCanceled,
		{"CryptoTokenKit", -5}:                 ceremony.ErrDenied,
		{"CryptoTokenKit", -6}:                 ceremony.ErrNoCredential,
		{"CryptoTokenKit", -7}:                 ceremony.ErrUnsupported,
		{"CryptoTokenKit", -8}:                 ceremony.ErrDevice,
		{"CryptoTokenKit", -9}:                 ceremony.ErrNoAccess,
		{"com.apple.LocalAuthentication", -99}: ceremony.ErrDevice,
		{"NSCocoaErrorDomain", 4099}:           ceremony.ErrDevice,
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			a, m := fresh(t)
			id := enrol(t, a, m)
			m.finger <- &appleError{domain: code.domain, code: code.code}
			_, err := a.Assert(t.Context(), assertion(id), new(person))
			expect(t, err, want)
			m.leaves(t, 1)
		})
	}
}

// TestWhatIsSaidOfThePersonCounts plays the errors that Security wraps.
func TestWhatIsSaidOfThePersonCounts(t *testing.T) {
	wrapped := func(domain string, code int, cause error) error {
		return &appleError{domain: domain, code: code, cause: cause}
	}
	for _, test := range []struct {
		err  error
		want ceremony.Code
	}{
		{wrapped(nsOSStatusErrorDomain, errSecAuthFailed, laError(laErrorUserCancel)), ceremony.CodeCanceled},
		{wrapped(tkErrorDomain, tkErrorCodeCorruptedData, laError(laErrorBiometryLockout)), ceremony.CodeUVBlocked},
		{wrapped(tkErrorDomain, tkErrorCodeCorruptedData, wrapped("AKSErrorDomain", -536362999, nil)), ceremony.CodeNoCredential},
		{wrapped("SomeErrorDomain", 1, secError(errSecItemNotFound)), ceremony.CodeNoCredential},
		{wrapped(nsOSStatusErrorDomain, errSecParam, tkError(tkErrorCodeTokenNotFound)), ceremony.CodeDevice},
		{fmt.Errorf("generate: %w", secError(errSecMissingEntitlement)), ceremony.CodeNoAccess},
	} {
		if got, ok := meaning(test.err); !ok || got.code != test.want {
			t.Errorf("%v comes to %q, want %q", test.err, got.code, test.want)
		}
	}
	if _, ok := meaning(errors.New("input/output error")); ok {
		t.Error("any error has a meaning")
	}
}

func TestErrorsAreToldByTheirNames(t *testing.T) {
	err := &appleError{domain: nsOSStatusErrorDomain, code: errSecAuthFailed, text: "The user name or passphrase you entered is not correct.",
		cause: laError(laErrorUserCancel)}
	want := "errSecAuthFailed (NSOSStatusErrorDomain -25293): The user name or passphrase you entered is not correct.: LAErrorUserCancel (com.apple.LocalAuthentication -2)"
	if err.Error() != want {
		t.Errorf("told as %s", err)
	}
	for _, unknown := range []appleError{{domain: "SomeErrorDomain", code: 1}, {}} {
		if got, want := unknown.Error(), fmt.Sprintf("error (%s %d)", unknown.domain, unknown.code); got != want {
			t.Errorf("told as %s", got)
		}
	}
}

// TestFixesSayOnlyWhatToDo holds that none tells again what has happened: that is said
// before it, by the application. The one exception is for a key that is gone, which
// nobody understands without the reason.
func TestFixesSayOnlyWhatToDo(t *testing.T) {
	fixes := []string{fixNotAMac, fixTooOld, fixUnsigned, fixTampered, fixNotEntitled, fixNoBundle, fixNoEnclave, fixNoSensor, fixLid, fixNoFinger, fixNoPassword}
	for _, outcome := range outcomes {
		if outcome.fix != "" && outcome.fix != fixNoKey {
			fixes = append(fixes, outcome.fix)
		}
	}
	for _, fix := range fixes {
		switch first, _, _ := strings.Cut(fix, " "); first {
		case "Connect", "Dry", "Install", "Lock", "Look", "Open", "Start", "Switch", "Try", "Unlock", "Update", "Use":
		default:
			t.Error(fix)
		}
	}
}
