package touchid

import (
	"context"
	"errors"
	"fmt"

	"latchkey/fido/ceremony"
)

// appleError is an NSError or CFError, or an OSStatus in the domain of those.
type appleError struct {
	domain string
	code   int
	text   string // what macOS says, "" for nothing
	cause  error  // the underlying error, nil for none
}

func (e *appleError) Error() string {
	text := fmt.Sprintf("%s (%s %d)", e.name(), e.domain, e.code)
	if e.text != "" {
		text += ": " + e.text
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

func (e *appleError) Unwrap() error { return e.cause }

// name is that of the table.
func (e *appleError) name() string {
	for _, name := range appleNames {
		if name.domain != "" && name.domain == e.domain && name.value == e.code {
			return name.name
		}
	}
	return "error"
}

// isApple tells whether err, or what underlies it, is that error of macOS.
func isApple(err error, domain string, code int) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if apple, ok := err.(*appleError); ok && apple.domain == domain && apple.code == code {
			return true
		}
	}
	return false
}

func notFound(err error) bool { return isApple(err, nsOSStatusErrorDomain, errSecItemNotFound) }

// outcome is what an error of macOS means to a ceremony.
type outcome struct {
	code        ceremony.Code
	fix         string
	requirement Requirement // that is not met, "" for none
}

// What a person does about what a finger or a key came to: that alone, because the
// application has said before what has happened. Where a key is gone it does not know why.
const (
	fixNoKey       = "Fingers were added or removed in System Settings since this sign-in was made, or it was made elsewhere. Sign in with another key, delete this one from your keys and enrol this computer again."
	fixWrongFinger = "Dry your finger and the sensor, and try again. If fingers were added or removed in System Settings, sign in with another key, delete this one from your keys and enrol this computer again."
	fixLockedOut   = "Lock the screen (Control-Command-Q), unlock it with your password and try again."
	fixInterrupted = "Try again, with Latchkey's window in front, so that macOS does not take the dialogue away."
	fixFallback    = "Try again with a finger, because a password is no proof to your portal, or use another key."
	fixSwitchedOff = "Look under System Settings > Touch ID & Password whether it is switched on and your organisation allows it, or use another key."
	fixPair        = "Connect the Magic Keyboard with Touch ID by its cable, and set it up under System Settings > Touch ID & Password."
	fixConnect     = "Switch on the Magic Keyboard with Touch ID, or connect it by its cable."
	fixScreen      = "Unlock the screen and start Latchkey on the Mac itself: no dialogue can be shown to a remote or background session."
	fixAgain       = "Try again. If it happens again, start the Mac again."
)

// errorCode is how macOS tells errors apart.
type errorCode struct {
	domain string
	code   int
}

// outcomes has all that LocalAuthentication says about a biometric policy, what Security
// says about Enclave keys in the keychain, and what CryptoTokenKit, which is how Security
// reaches the Enclave, says beneath that.
var outcomes = map[errorCode]outcome{
	{laErrorDomain, laErrorAuthenticationFailed}:         {code: ceremony.CodeDenied, fix: fixWrongFinger},
	{laErrorDomain, laErrorUserCancel}:                   {code: ceremony.CodeCanceled},
	{laErrorDomain, laErrorUserFallback}:                 {code: ceremony.CodeCanceled, fix: fixFallback},
	{laErrorDomain, laErrorSystemCancel}:                 {code: ceremony.CodeCanceled, fix: fixInterrupted},
	{laErrorDomain, laErrorPasscodeNotSet}:               {ceremony.CodeNotSetUp, fixNoPassword, RequirePassword},
	{laErrorDomain, laErrorBiometryNotAvailable}:         {ceremony.CodeUnsupported, fixSwitchedOff, RequireSensor},
	{laErrorDomain, laErrorBiometryNotEnrolled}:          {ceremony.CodeNotSetUp, fixNoFinger, RequireFinger},
	{laErrorDomain, laErrorBiometryLockout}:              {code: ceremony.CodeUVBlocked, fix: fixLockedOut},
	{laErrorDomain, laErrorAppCancel}:                    {code: ceremony.CodeCanceled},
	{laErrorDomain, laErrorInvalidContext}:               {code: ceremony.CodeCanceled},
	{laErrorDomain, laErrorBiometryNotPaired}:            {code: ceremony.CodeNotSetUp, fix: fixPair},
	{laErrorDomain, laErrorBiometryDisconnected}:         {code: ceremony.CodeNotSetUp, fix: fixConnect},
	{laErrorDomain, laErrorNotInteractive}:               {code: ceremony.CodeNoAccess, fix: fixScreen},
	{nsOSStatusErrorDomain, errSecUnimplemented}:         {ceremony.CodeUnsupported, fixNoEnclave, RequireEnclave},
	{nsOSStatusErrorDomain, errSecParam}:                 {code: ceremony.CodeDevice, fix: fixAgain},
	{nsOSStatusErrorDomain, errSecUserCanceled}:          {code: ceremony.CodeCanceled},
	{nsOSStatusErrorDomain, errSecNotAvailable}:          {code: ceremony.CodeNoAccess, fix: fixAgain},
	{nsOSStatusErrorDomain, errSecAuthFailed}:            {code: ceremony.CodeDenied, fix: fixWrongFinger},
	{nsOSStatusErrorDomain, errSecItemNotFound}:          {code: ceremony.CodeNoCredential, fix: fixNoKey},
	{nsOSStatusErrorDomain, errSecInvalidItemRef}:        {code: ceremony.CodeNoCredential, fix: fixNoKey},
	{nsOSStatusErrorDomain, errSecInteractionNotAllowed}: {code: ceremony.CodeNoAccess, fix: fixScreen},
	{nsOSStatusErrorDomain, errSecInteractionRequired}:   {code: ceremony.CodeNoAccess, fix: fixScreen},
	{nsOSStatusErrorDomain, errSecInDarkWake}:            {code: ceremony.CodeNoAccess, fix: fixScreen},
	{nsOSStatusErrorDomain, errSecMissingEntitlement}:    {ceremony.CodeNoAccess, fixNotEntitled, RequireEntitlement},
	{nsOSStatusErrorDomain, errSecCSUnsigned}:            {ceremony.CodeNoAccess, fixUnsigned, RequireSignature},
	{tkErrorDomain, tkErrorCodeNotImplemented}:           {ceremony.CodeUnsupported, fixNoEnclave, RequireEnclave},
	{tkErrorDomain, tkErrorCodeCommunicationError}:       {code: ceremony.CodeDevice, fix: fixAgain},
	// The Enclave no longer opens the key, because the enrolled fingers are others.
	{tkErrorDomain, tkErrorCodeCorruptedData}:        {code: ceremony.CodeNoCredential, fix: fixNoKey},
	{tkErrorDomain, tkErrorCodeCanceledByUser}:       {code: ceremony.CodeCanceled},
	{tkErrorDomain, tkErrorCodeAuthenticationFailed}: {code: ceremony.CodeDenied, fix: fixWrongFinger},
	{tkErrorDomain, tkErrorCodeObjectNotFound}:       {code: ceremony.CodeNoCredential, fix: fixNoKey},
	{tkErrorDomain, tkErrorCodeTokenNotFound}:        {ceremony.CodeUnsupported, fixNoEnclave, RequireEnclave},
	{tkErrorDomain, tkErrorCodeBadParameter}:         {code: ceremony.CodeDevice, fix: fixAgain},
	{tkErrorDomain, tkErrorCodeAuthenticationNeeded}: {code: ceremony.CodeNoAccess, fix: fixScreen},
}

// meaning is what err comes to. Security wraps what LocalAuthentication says of the person
// in errors of its own, so that counts wherever it stands; else the outermost one does.
func meaning(err error) (found outcome, ok bool) {
	for ; err != nil; err = errors.Unwrap(err) {
		apple, is := err.(*appleError)
		if !is {
			continue
		}
		known, there := outcomes[errorCode{apple.domain, apple.code}]
		if there && apple.domain == laErrorDomain {
			return known, true
		}
		if there && !ok {
			found, ok = known, true
		}
	}
	return found, ok
}

// explain makes a ceremony's error of what macOS said.
func (c *chip) explain(err error) error {
	if known := (*ceremony.Error)(nil); errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	known, ok := meaning(err)
	switch {
	case !ok:
		return c.fail(ceremony.CodeDevice, fixAgain, err)
	case known.requirement != "":
		return c.unmet(known.requirement, known.code, known.fix, err)
	default:
		return c.fail(known.code, known.fix, err)
	}
}
