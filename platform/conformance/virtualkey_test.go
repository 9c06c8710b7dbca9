package conformance_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/fido/virtualkey/authenticator"
	"latchkey/fido/virtualkey/client"
	"latchkey/platform/conformance"
)

// TestVirtualKeyInProcess runs the virtual key without libfido2, without a pty and without
// CTAPHID: what fails here as well is the key's, what does not is theirs.
func TestVirtualKeyInProcess(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		const pin = "correct horse"
		sensor, store := make(sensor, 1), &authenticator.MemoryStore{}
		key := powerUp(t, store, sensor)
		if err := key.core.SetPIN(pin); err != nil {
			t.Fatal(err)
		}
		return conformance.Subject{
			Authenticator: key, Kind: ceremony.KindSecurityKey,
			Attachment: ceremony.AttachmentCrossPlatform, Transport: ceremony.TransportUSB,
			PIN: pin, Touched: true, Touch: func() { sensor <- struct{}{} },
			Restart: func() conformance.Authenticator { return powerUp(t, store, sensor) },
		}
	})
}

// sensor takes the touches of a person.
type sensor chan struct{}

func (s sensor) Wait(ctx context.Context, _ authenticator.Prompt) error {
	select {
	case <-s:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inProcess is an authenticator over the core of the virtual key.
type inProcess struct {
	core   *authenticator.Authenticator
	device ceremony.Device
}

func powerUp(t *testing.T, store authenticator.Store, sensor sensor) *inProcess {
	t.Helper()
	model := [16]byte([]byte("LatchkeyVirtual!"))
	core, err := authenticator.New(authenticator.Options{Store: store, Presence: sensor, AAGUID: model})
	if err != nil {
		t.Fatal(err)
	}
	return &inProcess{core, ceremony.Device{Name: "Virtual key", Kind: ceremony.KindSecurityKey, AAGUID: model, Virtual: true}}
}

func (k *inProcess) Probe(context.Context) ceremony.Availability {
	return ceremony.Availability{Kind: ceremony.KindSecurityKey, State: ceremony.StateReady, Devices: []ceremony.Device{k.device}}
}

func (k *inProcess) Create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (*ceremony.Created, error) {
	options := request.Options
	wanted := client.Creation{
		ClientDataHash: sha256.Sum256(request.ClientDataJSON), RPID: options.RP.ID, RPName: options.RP.Name,
		UserID: options.User.ID, UserName: options.User.Name, UserDisplayName: options.User.DisplayName,
		Exclude:  descriptors(options.ExcludeCredentials),
		Resident: options.AuthenticatorSelection.ResidentKey == "required",
		Attest:   options.Attestation != "none",
	}
	for _, parameter := range options.PubKeyCredParams {
		wanted.Algorithms = append(wanted.Algorithms, parameter.Alg)
	}
	if !slices.Contains(wanted.Algorithms, ceremony.AlgES256) { // nobody is asked for a PIN in vain
		return nil, ceremony.ErrUnsupported
	}
	var made client.Made
	err := k.run(ctx, options.Timeout, prompter, ceremony.PurposeCreate, options.RP.ID,
		func(ctx context.Context, key client.Client, token client.Token) (err error) {
			made, err = key.Make(ctx, wanted, token)
			return err
		})
	if err != nil {
		return nil, err
	}
	return &ceremony.Created{
		CredentialID: made.ID, AttestationObject: made.Object, Transports: []string{ceremony.TransportUSB},
		Attachment: ceremony.AttachmentCrossPlatform, Device: k.device,
	}, nil
}

func (k *inProcess) Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	options := request.Options
	var signed client.Signed
	err := k.run(ctx, options.Timeout, prompter, ceremony.PurposeAssert, options.RPID,
		func(ctx context.Context, key client.Client, token client.Token) (err error) {
			signed, err = key.Assert(ctx, options.RPID, sha256.Sum256(request.ClientDataJSON), descriptors(options.AllowCredentials), token)
			return err
		})
	if err != nil {
		return nil, err
	}
	return &ceremony.Asserted{
		CredentialID: signed.Credential.ID, AuthenticatorData: signed.AuthData, Signature: signed.Signature,
		UserHandle: signed.User.ID, Attachment: ceremony.AttachmentCrossPlatform, Device: k.device,
	}, nil
}

// run verifies the person and does what needs the proof of it, showing a touch notice
// while the key waits for one.
func (k *inProcess) run(caller context.Context, timeout uint32, prompter ceremony.Prompter, purpose ceremony.Purpose, rpID string,
	do func(context.Context, client.Client, client.Token) error) error {
	ctx, cancel := context.WithTimeout(caller, time.Duration(timeout)*time.Millisecond)
	defer cancel()
	done := func() {}
	key := client.Client{Handle: func(ctx context.Context, command []byte) []byte {
		return k.core.Handle(ctx, command, func(progress authenticator.Progress) {
			if progress == authenticator.TouchNeeded {
				done = prompter.Touch(ctx, ceremony.TouchNotice{Devices: []ceremony.Device{k.device}, Purpose: purpose})
			} else {
				done()
			}
		})
	}}
	err := ctx.Err()
	if err == nil {
		var token client.Token
		if token, err = k.verify(ctx, key, prompter, purpose, rpID); err == nil {
			err = do(ctx, key, token)
		}
	}
	switch {
	case caller.Err() != nil:
		return caller.Err()
	case ctx.Err() != nil:
		return ceremony.ErrTimeout
	}
	return meaning(err)
}

// verify asks for the PIN until it is right.
func (k *inProcess) verify(ctx context.Context, key client.Client, prompter ceremony.Prompter, purpose ceremony.Purpose, rpID string) (client.Token, error) {
	question := ceremony.PINQuestion{Device: k.device, Purpose: purpose}
	for {
		var err error
		if question.Retries, err = key.Retries(ctx); err != nil {
			return nil, err
		}
		pin, err := prompter.PIN(ctx, question)
		if err != nil {
			return nil, err
		}
		token, err := key.Verify(ctx, pin, client.PermitCeremonies, rpID)
		if err != authenticator.StatusPINInvalid {
			return token, err
		}
		question.Wrong = true
	}
}

func meaning(err error) error {
	var status authenticator.Status
	if !errors.As(err, &status) {
		return err
	}
	for known, code := range map[authenticator.Status]ceremony.Code{
		authenticator.StatusCredentialExcluded:   ceremony.CodeExcluded,
		authenticator.StatusNoCredentials:        ceremony.CodeNoCredential,
		authenticator.StatusUnsupportedAlgorithm: ceremony.CodeUnsupported,
	} {
		if status == known {
			return &ceremony.Error{Code: code, Retries: -1, Err: err}
		}
	}
	return &ceremony.Error{Code: ceremony.CodeDevice, Retries: -1, Err: err}
}

func descriptors(credentials []ceremony.CredentialDescriptor) (out []client.Descriptor) {
	for _, credential := range credentials {
		out = append(out, client.NewDescriptor(credential.ID))
	}
	return out
}
