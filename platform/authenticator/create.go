package authenticator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"latchkey/fido/ceremony"
	"latchkey/platform/records"
)

// Create makes a credential, WebAuthn L3 §6.3.2. The person chooses its PIN where the
// chip needs one.
//
// Where the relying party asks for any attestation it gets packed self attestation,
// which says what this is without naming the one computer; else it gets none.
//
// The errors are those of [Chip], ErrExcluded, ErrTimeout, ErrUnsupported and what
// the prompter returns.
func (a *Authenticator) Create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (created *ceremony.Created, err error) {
	err = limited(ctx, request.Options.Timeout, func(ctx context.Context) error {
		created, err = a.create(ctx, request, prompter)
		return err
	})
	if err != nil {
		return nil, err
	}
	return created, nil
}

func (a *Authenticator) create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (*ceremony.Created, error) {
	options := request.Options
	if err := checkCreation(options); err != nil {
		return nil, a.fail(ceremony.CodeUnsupported, err)
	}
	if err := a.chip.Probe(ctx); err != nil {
		return nil, err
	}
	if err := a.excluded(ctx, options); err != nil {
		return nil, err
	}
	pin, err := a.newPIN(ctx, prompter)
	if err != nil {
		return nil, err
	}
	key, public, err := a.chip.Generate(ctx, pin)
	if err != nil {
		return nil, err
	}
	made := records.Record{
		ID: newCredentialID(), RPID: options.RP.ID, UserHandle: options.User.ID, Key: key,
		Discoverable: discoverable(options.AuthenticatorSelection), CreatedAt: a.options.Clock().UTC(),
	}
	attested, err := attestedCredentialData(a.options.AAGUID, made.ID, public)
	if err != nil {
		return nil, a.abandon(ctx, key, a.fail(ceremony.CodeDevice, err))
	}
	object, err := a.attest(ctx, request, authenticatorData(made.RPID, made.SignCount, attested), made, pin, prompter)
	if err != nil {
		return nil, a.abandon(ctx, key, err)
	}
	if err := a.keep(ctx, made); err != nil {
		return nil, a.abandon(ctx, key, err)
	}
	return &ceremony.Created{
		CredentialID: made.ID, AttestationObject: object, Transports: []string{ceremony.TransportInternal},
		Attachment: ceremony.AttachmentPlatform, Device: a.device(),
	}, nil
}

// checkCreation holds the options to what can be done, before anybody is asked.
func checkCreation(options ceremony.CreationOptions) error {
	if err := ceremony.CheckRPID(options.RP.ID); err != nil {
		return err
	}
	if size := len(options.User.ID); size == 0 || size > 64 {
		return fmt.Errorf("a user handle has 1 to 64 bytes, WebAuthn L3 §5.4.3, and not %d", size)
	}
	wanted := ceremony.CredentialParameter{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256}
	if !slices.Contains(options.PubKeyCredParams, wanted) {
		return errors.New("what is built in knows ES256 alone, which is not accepted")
	}
	if options.AuthenticatorSelection.AuthenticatorAttachment == ceremony.AttachmentCrossPlatform {
		return errors.New("a security key is asked for")
	}
	return nil
}

// excluded looks for the excluded credentials, WebAuthn L3 §6.3.2 step 3. One that the
// chip cannot use any more stands in nobody's way.
func (a *Authenticator) excluded(ctx context.Context, options ceremony.CreationOptions) error {
	all, err := a.store.All()
	if err != nil {
		return a.storeFailed(err)
	}
	for _, record := range named(all, options.RP.ID, options.ExcludeCredentials) {
		switch err := a.chip.Check(ctx, record.Key); {
		case err == nil:
			return a.fail(ceremony.CodeExcluded, nil)
		case !errors.Is(err, ceremony.ErrNoCredential):
			return err
		}
	}
	return nil
}

// attest returns the attestation object that the relying party wants. A chip that
// verifies its user by itself has to sign in any case, or the UV flag were not true;
// who has just chosen a PIN has shown all that there is to show.
func (a *Authenticator) attest(ctx context.Context, request ceremony.CreateRequest, data []byte, made records.Record, pin string, prompter ceremony.Prompter) ([]byte, error) {
	var statement *selfAttested
	use := func(sign signer) error {
		signature, err := sign(made.Key, signed(data, request.ClientDataJSON))
		statement = &selfAttested{ceremony.AlgES256, signature}
		return err
	}
	wanted := request.Options.Attestation != "" && request.Options.Attestation != "none"
	var err error
	switch {
	case a.options.MinPIN == 0:
		err = a.verified(ctx, prompter, ceremony.PurposeCreate, use)
	case wanted:
		err = use(a.withPIN(ctx, pin))
	}
	if err != nil {
		return nil, err
	}
	if !wanted {
		statement = nil
	}
	object, err := attestationObject(data, statement)
	if err != nil {
		return nil, a.fail(ceremony.CodeDevice, err)
	}
	return object, nil
}

// keep writes down a new credential. A discoverable one takes the place of that which
// the same user had before, WebAuthn L3 §6.3.2 step 7.
func (a *Authenticator) keep(ctx context.Context, made records.Record) error {
	var replaced []records.Record
	err := a.store.Update(ctx, func(all []records.Record) ([]records.Record, error) {
		all = slices.DeleteFunc(all, func(r records.Record) bool {
			same := made.Discoverable && r.Discoverable && r.RPID == made.RPID && slices.Equal(r.UserHandle, made.UserHandle)
			if same {
				replaced = append(replaced, r)
			}
			return same
		})
		return append(all, made), nil
	})
	if err != nil {
		return a.storeFailed(err)
	}
	for _, record := range replaced {
		if err := a.forget(ctx, record.Key); err != nil {
			return err
		}
	}
	return nil
}

// abandon destroys the key of a ceremony that failed with err.
func (a *Authenticator) abandon(ctx context.Context, key []byte, err error) error {
	// The failure may have come from ctx itself; the key has to go all the same.
	return errors.Join(err, a.forget(context.WithoutCancel(ctx), key))
}

func discoverable(selection ceremony.AuthenticatorSelection) bool {
	switch selection.ResidentKey {
	case "required", "preferred":
		return true
	case "":
		return selection.RequireResidentKey
	default:
		return false
	}
}

// newCredentialID returns 32 random bytes, WebAuthn L3 §4.
func newCredentialID() []byte {
	id := make([]byte, 32)
	rand.Read(id)
	return id
}
