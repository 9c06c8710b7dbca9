package windowshello

import (
	"context"

	"latchkey/fido/ceremony"
)

// SetUp is the sentence that tells a person how to set up Windows Hello.
const SetUp = "Open Settings > Accounts > Sign-in options and set up a PIN, fingerprint or face for Windows Hello."

// removeByHand is the way to remove a credential where the API cannot.
const removeByHand = "Open Settings > Accounts > Passkeys, if this Windows has it, and remove the passkey of this portal."

// Hello is the authenticator of kind [ceremony.KindWindowsHello]: what is built into this
// computer. It is safe for use by several goroutines; Windows shows one dialogue at a time.
type Hello struct{ *client }

var helloDevice = ceremony.Device{
	Name: "Windows Hello", Manufacturer: "Microsoft", Kind: ceremony.KindWindowsHello, Transport: ceremony.TransportInternal,
	OwnDialogue: true,
}

// Kind returns [ceremony.KindWindowsHello].
func (h *Hello) Kind() ceremony.Kind { return ceremony.KindWindowsHello }

// Probe tells whether Windows Hello can be used now: StateUnsupported without webauthn.dll,
// StateNotSetUp where the person has neither PIN nor finger nor face (the Fix of its
// Problem is [SetUp]), StateNoAccess where Windows does not tell. It shows no dialogue.
func (h *Hello) Probe(context.Context) ceremony.Availability {
	out := ceremony.Availability{Kind: ceremony.KindWindowsHello, Problem: h.ready()}
	switch {
	case out.Problem == nil:
		out.State, out.Devices = ceremony.StateReady, []ceremony.Device{helloDevice}
	case isCode(out.Problem, ceremony.CodeUnsupported):
		out.State = ceremony.StateUnsupported
	case isCode(out.Problem, ceremony.CodeNotSetUp):
		out.State = ceremony.StateNotSetUp
	default:
		out.State = ceremony.StateNoAccess
	}
	return out
}

// ready says why Windows Hello cannot be used.
func (h *Hello) ready() error {
	if err := h.present(); err != nil {
		return err
	}
	available, err := h.library.userVerifyingPlatformAuthenticator()
	if err != nil {
		return explain(err)
	}
	if !available {
		return failure(ceremony.CodeNotSetUp, SetUp, nil)
	}
	return nil
}

// Create makes a credential in this computer, WebAuthn L3 §5.1.3. Where Windows Hello is
// not set up it fails before any dialogue, with ErrNotSetUp.
//
// The other errors that are the person's to mend are ErrUnsupported, ErrCanceled,
// ErrTimeout, ErrExcluded, ErrPINAuthBlocked, ErrKeyFull, ErrBusy and ErrNoAccess;
// ErrDevice is a result that makes no sense.
func (h *Hello) Create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (*ceremony.Created, error) {
	if err := h.ready(); err != nil {
		return nil, err
	}
	created, err := h.create(ctx, request, platform, helloDevice, prompter)
	if err != nil {
		return nil, err
	}
	created.Transports = []string{helloDevice.Transport} // "hybrid" too is for other computers
	created.Device.Transport = helloDevice.Transport
	created.Attachment = ceremony.AttachmentPlatform
	return created, nil
}

// Assert signs with a credential of this computer, WebAuthn L3 §5.1.4. The errors are
// those of Create, with ErrNoCredential in place of ErrExcluded and ErrKeyFull.
func (h *Hello) Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	if err := h.ready(); err != nil {
		return nil, err
	}
	asserted, err := h.assert(ctx, request, platform, helloDevice, prompter)
	if err != nil {
		return nil, err
	}
	asserted.Attachment = ceremony.AttachmentPlatform
	return asserted, nil
}

// Credentials lists what Windows Hello keeps for a relying party, "" for all of them. An
// API before version 4 cannot tell, which is ErrUnsupported.
func (h *Hello) Credentials(_ context.Context, rpID string) ([]Credential, error) {
	if err := h.manageable(); err != nil {
		return nil, err
	}
	options := &getCredentialsOptions{version: 1}
	if rpID != "" {
		options.rpID = wide(rpID)
	}
	details, err := h.library.platformCredentials(options)
	if err != nil {
		if err == nteNotFound {
			return nil, nil
		}
		return nil, explain(err)
	}
	defer h.library.freePlatformCredentials(details)
	return details.list(), nil
}

// Delete removes a credential from Windows Hello; none of that id is ErrNoCredential. An
// API before version 4 cannot do it, which is ErrUnsupported with a Fix.
func (h *Hello) Delete(_ context.Context, credentialID []byte) error {
	if err := h.manageable(); err != nil {
		return err
	}
	if err := h.library.deletePlatformCredential(credentialID); err != nil {
		return explain(err)
	}
	return nil
}

// Rollback removes a credential that the relying party refused; one that is gone is no
// error. Otherwise it fails as Delete does.
func (h *Hello) Rollback(ctx context.Context, credentialID []byte) error {
	err := h.Delete(ctx, credentialID)
	if isCode(err, ceremony.CodeNoCredential) {
		return nil
	}
	return err
}

// manageable says why credentials can be neither listed nor deleted.
func (h *Hello) manageable() error {
	if err := h.present(); err != nil {
		return err
	}
	if has := h.library.apiVersion(); has < apiPlatformCredentials {
		return failure(ceremony.CodeUnsupported, removeByHand, errAPITooOld(has, apiPlatformCredentials))
	}
	return nil
}
