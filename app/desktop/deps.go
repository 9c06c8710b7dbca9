// Package desktop is Latchkey's window: its pages over the use cases of package companion. It holds no rules of its
// own. Work that may take a while runs off the UI goroutine and comes back to it, so that no page ever blocks, and what
// goes wrong is said in place.
package desktop

import (
	"context"

	"latchkey/app/companion"
	"latchkey/app/desktop/widgets"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// Companion is what the pages need of the use cases; *companion.Companion is one.
type Companion interface {
	Sessions
	Keys
	Devices
	Policy
}

// Sessions are the use cases of getting in and out.
type Sessions interface {
	Overview(ctx context.Context) (companion.Overview, error)
	CreateOrganization(ctx context.Context, request verifier.NewOrganization) (verifier.Organization, verifier.Account, error)
	SignIn(ctx context.Context, request companion.SignInRequest, prompter ceremony.Prompter) (companion.SignedIn, error)
	SignOut(ctx context.Context) (verifier.Session, error)
}

// Keys are the use cases of a person's own keys.
type Keys interface {
	Keys(ctx context.Context) ([]verifier.Credential, error)
	Enroll(ctx context.Context, authority string, wanted companion.Enrollment, prompter ceremony.Prompter) (verifier.Credential, error)
	RenameKey(ctx context.Context, id ceremony.Bytes, name string) error
	DeleteKey(ctx context.Context, id ceremony.Bytes, lockOut bool, prompter ceremony.Prompter) error
	Model(aaguid [16]byte) string
}

// Devices are the use cases of what is plugged in and built in.
type Devices interface {
	Devices(ctx context.Context) []ceremony.Availability
	Offers(ctx context.Context) []ceremony.Availability
	Device(ctx context.Context, path string) (ceremony.DeviceInfo, error)
}

// Policy are the use cases of what an organisation accepts, which are for administrators.
type Policy interface {
	FingerprintOnly(ctx context.Context) ([]verifier.Account, error)
	AllowFingerprint(ctx context.Context, allowed bool, prompter ceremony.Prompter) (lockedOut []verifier.Account, err error)
}

// Deps is what a Window works with. All fields are needed but AllowVirtualKeys and NativeWindow.
type Deps struct {
	Companion Companion
	Clock     widgets.Clock
	// OnUI runs a function on the UI goroutine without waiting for it: fyne.Do.
	OnUI func(func())
	// Computer is this computer's name: shown before there is anybody to show, and of keys that are built into it.
	Computer string
	// AllowVirtualKeys makes an organisation in which software keys may be enrolled.
	AllowVirtualKeys bool
	// NativeWindow, if set, is told the window's handle (HWND) once it is shown, on Windows alone.
	NativeWindow func(handle uintptr)
}

var _ Companion = (*companion.Companion)(nil)
