package windowshello

import (
	"context"
	"slices"

	"latchkey/fido/ceremony"
)

// SecurityKeys is the authenticator of kind [ceremony.KindSecurityKey] on Windows: USB and
// NFC keys, which Windows finds, unlocks and lets the person pick in its own dialogue. It
// is safe for use by several goroutines; Windows shows one dialogue at a time.
type SecurityKeys struct{ *client }

// securityKey stands for whichever key the person takes: Windows does not say.
var securityKey = ceremony.Device{
	Name: "Security key", Kind: ceremony.KindSecurityKey, Transport: ceremony.TransportUSB, OwnDialogue: true,
}

// Kind returns [ceremony.KindSecurityKey].
func (k *SecurityKeys) Kind() ceremony.Kind { return ceremony.KindSecurityKey }

// Probe tells whether Windows can be asked for a key. It cannot tell whether one is
// plugged in: its dialogue asks for one.
func (k *SecurityKeys) Probe(context.Context) ceremony.Availability {
	if err := k.present(); err != nil {
		return ceremony.Availability{Kind: ceremony.KindSecurityKey, State: ceremony.StateUnsupported, Problem: err}
	}
	return ceremony.Availability{
		Kind: ceremony.KindSecurityKey, State: ceremony.StateReady, Devices: []ceremony.Device{securityKey},
	}
}

// Create makes a credential on a key, WebAuthn L3 §5.1.3.
//
// The errors that are the person's to mend are ErrUnsupported, ErrCanceled, ErrTimeout,
// ErrExcluded, ErrNoDevice, ErrUnplugged, ErrPINBlocked, ErrPINAuthBlocked, ErrKeyFull,
// ErrBusy and ErrNoAccess; ErrDevice is a result that makes no sense.
func (k *SecurityKeys) Create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (*ceremony.Created, error) {
	if err := k.present(); err != nil {
		return nil, err
	}
	created, err := k.create(ctx, request, crossPlatform, securityKey, prompter)
	if err != nil {
		return nil, err
	}
	// A telephone that was reached by hybrid may call itself internal as well, which it is
	// to itself: the credential is not in this computer, and is not to be looked for there.
	created.Transports = slices.DeleteFunc(created.Transports, func(transport string) bool {
		return transport == ceremony.TransportInternal
	})
	if len(created.Transports) == 0 {
		created.Transports = []string{securityKey.Transport}
	}
	created.Attachment = ceremony.AttachmentCrossPlatform
	return created, nil
}

// Assert signs with a credential on a key, WebAuthn L3 §5.1.4. The errors are those of
// Create, with ErrNoCredential in place of ErrExcluded and ErrKeyFull.
func (k *SecurityKeys) Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	if err := k.present(); err != nil {
		return nil, err
	}
	asserted, err := k.assert(ctx, request, crossPlatform, securityKey, prompter)
	if err != nil {
		return nil, err
	}
	asserted.Attachment = ceremony.AttachmentCrossPlatform
	return asserted, nil
}
