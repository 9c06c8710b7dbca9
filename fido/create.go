package fido

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"latchkey/fido/ceremony"
)

// Create makes a credential on a key, WebAuthn L3 §5.1.3. With several keys plugged in
// the person picks one by touching it.
//
// The errors that are the person's to mend are ErrNoDevice, ErrNoAccess, ErrBusy,
// ErrUnplugged, ErrTimeout, ErrCanceled, ErrExcluded (one of the excluded credentials
// is on that key), ErrPINAuthBlocked, ErrPINBlocked, ErrUVBlocked, ErrKeyFull,
// ErrDenied, ErrU2FOnly and ErrUnsupported; ErrDevice is an answer that makes no sense.
// What the prompter returns is passed on.
func (k *Keys) Create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (*ceremony.Created, error) {
	limitedCtx, cancel := limited(ctx, request.Options.Timeout)
	defer cancel()
	created, err := k.create(limitedCtx, request, dialogue{prompter, ceremony.PurposeCreate})
	if err != nil {
		return nil, concluded(ctx, limitedCtx, err)
	}
	return created, nil
}

func (k *Keys) create(ctx context.Context, request ceremony.CreateRequest, d dialogue) (*ceremony.Created, error) {
	devices, err := k.locate()
	if err != nil {
		return nil, err
	}
	sessions, err := k.openAll(ctx, devices)
	if err != nil {
		return nil, err
	}
	sessions, err = k.enrollable(sessions)
	if err != nil {
		return nil, err
	}
	s, err := k.pick(ctx, sessions, d.prompter)
	if err != nil {
		return nil, err
	}
	defer k.close(s)
	created, err := s.create(ctx, request, d)
	return created, explain(err, s.device)
}

// enrollable keeps the keys that can be enrolled and closes the others.
func (k *Keys) enrollable(sessions []*session) ([]*session, error) {
	var able, legacy []*session
	for _, s := range sessions {
		if s.info.fido2 {
			able = append(able, s)
		} else {
			legacy = append(legacy, s)
		}
	}
	k.close(legacy...)
	if len(able) == 0 {
		return nil, &ceremony.Error{Code: ceremony.CodeU2FOnly, Device: legacy[0].device.Name, Retries: -1}
	}
	return able, nil
}

func (s *session) create(ctx context.Context, request ceremony.CreateRequest, d dialogue) (*ceremony.Created, error) {
	options := request.Options
	wanted, err := s.credentialRequest(request)
	if err != nil {
		return nil, s.unsupported(err)
	}
	excluded := s.info.batches(credentialIDs(options.ExcludeCredentials))
	if len(excluded) > 0 {
		wanted.exclude = excluded[0]
	}
	requirement := options.AuthenticatorSelection.UserVerification
	var got attestation
	err = d.verified(ctx, s, requirement, func(p proof) error {
		if err := s.excludes(ctx, options.RP.ID, excluded, p); err != nil {
			return err
		}
		wanted.verify, wanted.pin = p.verify, p.pin
		return d.touching(ctx, s, func() (err error) {
			got, err = s.key.makeCredential(wanted)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	object, err := got.object(options.RP.ID, requirement == ceremony.VerificationRequired)
	if err != nil {
		return nil, s.nonsense(err)
	}
	transports := s.info.transports
	if len(transports) == 0 {
		transports = []string{ceremony.TransportUSB}
	}
	return &ceremony.Created{
		CredentialID: got.id, AttestationObject: object, Transports: transports,
		Attachment: ceremony.AttachmentCrossPlatform, Device: s.device,
	}, nil
}

// excludes looks for the excluded credentials that do not fit into the request
// itself, which has the first batch.
func (s *session) excludes(ctx context.Context, rpID string, batches [][][]byte, p proof) error {
	if len(batches) < 2 {
		return nil
	}
	id, _, err := s.lookup(ctx, rpID, slices.Concat(batches[1:]...), p.pin)
	if err == nil && id != nil {
		return &ceremony.Error{Code: ceremony.CodeExcluded, Device: s.device.Name, Retries: -1}
	}
	return err
}

// protections are the levels of credProtect by their WebAuthn names, CTAP 2.1 §12.1.
var protections = map[string]int{
	"":                         0,
	"userVerificationOptional": 1,
	"userVerificationOptionalWithCredentialIDList": 2,
	"userVerificationRequired":                     3,
}

// credentialRequest says in CTAP's terms what request asks of this key, but for
// exclude list and proof.
func (s *session) credentialRequest(request ceremony.CreateRequest) (credentialRequest, error) {
	options := request.Options
	out := credentialRequest{clientDataHash: sha256.Sum256(request.ClientDataJSON), rp: options.RP, user: options.User}

	known := s.info.algorithms
	if len(known) == 0 {
		known = []int{ceremony.AlgES256} // before CTAP 2.1 keys did not say
	}
	for _, parameter := range options.PubKeyCredParams {
		if parameter.Type == ceremony.CredentialTypePublicKey && slices.Contains(known, parameter.Alg) {
			out.algorithm = parameter.Alg
			break
		}
	}
	if out.algorithm == 0 {
		return out, errors.New("the key has none of the algorithms that are accepted")
	}

	selection := options.AuthenticatorSelection
	switch required := selection.ResidentKey == "required" || selection.ResidentKey == "" && selection.RequireResidentKey; {
	case s.info.options["rk"] && (required || selection.ResidentKey == "preferred"):
		out.resident = yes
	case required:
		return out, errors.New("the key keeps no credentials of its own")
	}

	if options.Extensions != nil && slices.Contains(s.info.extensions, "credProtect") {
		level, ok := protections[options.Extensions.CredentialProtectionPolicy]
		if !ok {
			return out, errors.New("there is no such credential protection policy")
		}
		out.protection = level
	}
	return out, nil
}

func (s *session) unsupported(err error) error {
	return &ceremony.Error{Code: ceremony.CodeUnsupported, Device: s.device.Name, Retries: -1, Err: err}
}

// nonsense reports an answer that does not fit its request.
func (s *session) nonsense(err error) error {
	return &ceremony.Error{Code: ceremony.CodeDevice, Device: s.device.Name, Retries: -1, Err: err}
}
