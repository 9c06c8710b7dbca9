package touchid

import (
	"context"

	"latchkey/fido/ceremony"
	"latchkey/platform/authenticator"
	"latchkey/platform/records"
)

// AAGUID marks credentials made by this package: 4c617463-686b-6579-546f-756368494421.
var AAGUID = [16]byte([]byte("LatchkeyTouchID!"))

// KeychainGroup is the keychain access group of the keys, without the prefix of the team
// that signs the program: the entitlement keychain-access-groups has "TEAM." before it.
const KeychainGroup = "app.latchkey.desktop"

// MinMacOS is the first major version of macOS that can be used: older ones do not start
// programs of today's Go.
const MinMacOS = 12

// Options say whose Touch ID it is.
type Options struct {
	// Records is the file for what is kept of each credential.
	Records string

	// Hostname is what people call this computer.
	Hostname string
}

// Authenticator is the authenticator of kind [ceremony.KindTouchID]. It is safe for
// concurrent use; one finger is asked for at a time. Cancelling a ceremony's context
// takes the dialogue of macOS away.
type Authenticator struct{ core *authenticator.Authenticator }

// New returns the authenticator. On systems other than macOS it is never available and
// says so.
func New(options Options) *Authenticator { return newOver(openSystem, options) }

func newOver(open func() (system, error), options Options) *Authenticator {
	name := "Touch ID"
	if options.Hostname != "" {
		name += " on " + options.Hostname
	}
	return &Authenticator{authenticator.New(newChip(name, open), records.New(options.Records), authenticator.Options{
		Kind: ceremony.KindTouchID, AAGUID: AAGUID, Name: name,
	})}
}

// Kind is [ceremony.KindTouchID].
func (a *Authenticator) Kind() ceremony.Kind { return a.core.Kind() }

// Probe tells whether Touch ID can be used now, without a finger. Its Problem wraps an
// [Unmet] where this Mac or this copy of the program lacks something: StateUnsupported for
// what cannot be mended here, StateNotSetUp for a finger, a password or a keyboard, and
// StateNoAccess for a program that macOS does not let at the keys and for a closed lid.
func (a *Authenticator) Probe(ctx context.Context) ceremony.Availability { return a.core.Probe(ctx) }

// Create makes a credential, WebAuthn L3 §6.3.2. It asks for one finger.
//
// The errors are those of Probe, ErrExcluded, ErrTimeout, ErrCanceled, ErrDenied for a
// wrong finger, ErrUVBlocked after too many of them, and ErrUnsupported.
func (a *Authenticator) Create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (*ceremony.Created, error) {
	return a.core.Create(withReason(ctx, "set up sign-in to "+request.Options.RP.ID), request, prompter)
}

// Assert signs with a credential, WebAuthn L3 §6.3.3. It asks for one finger.
//
// The errors are those of Create, with ErrNoCredential in place of ErrExcluded: also
// where fingers were added or removed since the credential was made.
func (a *Authenticator) Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	return a.core.Assert(withReason(ctx, "sign in to "+request.Options.RPID), request, prompter)
}

// Rollback forgets a credential that the relying party has refused, and destroys its key.
// One that is not there is no error.
func (a *Authenticator) Rollback(ctx context.Context, credentialID []byte) error {
	return a.core.Rollback(ctx, credentialID)
}

type reasonKey struct{}

// withReason says what a finger is asked for, as it stands after "Latchkey is trying to".
// It travels with the context because the chips of other systems show nothing by
// themselves, so their common interface has no place for it.
func withReason(ctx context.Context, reason string) context.Context {
	return context.WithValue(ctx, reasonKey{}, reason)
}

func reason(ctx context.Context) string {
	if reason, ok := ctx.Value(reasonKey{}).(string); ok {
		return reason
	}
	return "check that it is you"
}
