package fido

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"

	"latchkey/fido/ceremony"
)

// Assert signs with a credential on a key, WebAuthn L3 §5.1.4. With several keys
// plugged in it uses the one that has an allowed credential; where that does not
// decide, the person picks one by touching it.
//
// The errors are those of Create, with ErrNoCredential (none of the keys has an
// allowed one) in place of ErrExcluded, ErrKeyFull and ErrU2FOnly.
func (k *Keys) Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	limitedCtx, cancel := limited(ctx, request.Options.Timeout)
	defer cancel()
	asserted, err := k.assert(limitedCtx, request, dialogue{prompter, ceremony.PurposeAssert})
	if err != nil {
		return nil, concluded(ctx, limitedCtx, err)
	}
	return asserted, nil
}

func (k *Keys) assert(ctx context.Context, request ceremony.AssertRequest, d dialogue) (*ceremony.Asserted, error) {
	devices, err := k.locate()
	if err != nil {
		return nil, err
	}
	sessions, err := k.openAll(ctx, devices)
	if err != nil {
		return nil, err
	}
	holders, err := k.holders(ctx, sessions, request.Options)
	if err != nil {
		return nil, err
	}
	chosen, err := k.pick(ctx, sessionsOf(holders), d.prompter)
	if err != nil {
		return nil, err
	}
	defer k.close(chosen)
	for _, h := range holders {
		if h.session == chosen {
			asserted, err := h.assert(ctx, request, d)
			return asserted, explain(err, chosen.device)
		}
	}
	panic("picked a key that was not offered")
}

// holder is a key that has, or may have, a credential for the request.
type holder struct {
	*session
	ids    [][]byte // the credentials to try; none leaves it to the key
	hidden bool     // the key shows whether it has them to its verified user only
}

// holders keeps the keys to sign with and closes the others: those that have an
// allowed credential, or else those that may hide one.
func (k *Keys) holders(ctx context.Context, sessions []*session, options ceremony.RequestOptions) ([]holder, error) {
	ids := credentialIDs(options.AllowCredentials)
	all, errs := make([]holder, len(sessions)), make([]error, len(sessions))
	var looking sync.WaitGroup
	for i, s := range sessions {
		looking.Go(func() { all[i], errs[i] = s.holder(ctx, options.RPID, ids) })
	}
	looking.Wait()

	var have, may []holder
	var failed error
	for i, h := range all {
		switch {
		case errs[i] != nil && failed == nil:
			failed = explain(errs[i], sessions[i].device)
		case errs[i] != nil:
		case h.hidden:
			may = append(may, h)
		case h.session != nil:
			have = append(have, h)
		}
	}
	if len(have) == 0 {
		have = may
	}
	if failed == nil {
		failed = &ceremony.Error{Code: ceremony.CodeNoCredential, Retries: -1}
	}
	if len(sessions) == 1 {
		if e, ok := failed.(*ceremony.Error); ok && e.Device == "" {
			e.Device = sessions[0].device.Name
		}
	}
	if err := ctx.Err(); err != nil {
		have, failed = nil, err
	}
	kept := sessionsOf(have)
	k.close(slices.DeleteFunc(sessions, func(s *session) bool { return slices.Contains(kept, s) })...)
	if len(have) == 0 {
		return nil, failed
	}
	return have, nil
}

// holder tells what the key has of ids. The zero holder means nothing.
func (s *session) holder(ctx context.Context, rpID string, ids [][]byte) (holder, error) {
	if len(ids) == 0 { // discoverable credentials, which no U2F key has
		if !s.info.fido2 {
			return holder{}, nil
		}
		return holder{session: s}, nil
	}
	id, hidden, err := s.lookup(ctx, rpID, ids, "")
	switch {
	case err != nil:
		return holder{}, err
	case id != nil:
		return holder{session: s, ids: [][]byte{id}}, nil
	case hidden:
		return holder{session: s, ids: ids, hidden: true}, nil
	default:
		return holder{}, nil
	}
}

func sessionsOf(holders []holder) []*session {
	var out []*session
	for _, h := range holders {
		out = append(out, h.session)
	}
	return out
}

func (h holder) assert(ctx context.Context, request ceremony.AssertRequest, d dialogue) (*ceremony.Asserted, error) {
	options := request.Options
	requirement := options.UserVerification
	if h.hidden && requirement == ceremony.VerificationDiscouraged {
		requirement = ceremony.VerificationPreferred // a protected credential wants it
	}
	batches := [][][]byte{nil}
	if len(h.ids) > 0 {
		batches = h.info.batches(h.ids)
	}
	var got []assertion
	var allowed [][]byte
	err := d.verified(ctx, h.session, requirement, func(p proof) (err error) {
		for _, allowed = range batches {
			err = d.touching(ctx, h.session, func() (err error) {
				got, err = h.key.getAssertion(assertionRequest{
					clientDataHash: sha256.Sum256(request.ClientDataJSON),
					rpID:           options.RPID, allow: allowed, verify: p.verify, pin: p.pin,
				})
				return err
			})
			if ceremonyCode(err) != ceremony.CodeNoCredential {
				break
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	id, err := h.answering(got, allowed)
	if err != nil {
		return nil, err
	}
	raw, err := unwrap(got[0].authData)
	if err != nil {
		return nil, h.nonsense(err)
	}
	data, err := parseAuthenticatorData(raw)
	if err == nil {
		err = data.check(options.RPID, requirement == ceremony.VerificationRequired)
	}
	if err != nil {
		return nil, h.nonsense(err)
	}
	return &ceremony.Asserted{
		CredentialID: id, AuthenticatorData: raw, Signature: got[0].signature, UserHandle: got[0].user,
		Attachment: ceremony.AttachmentCrossPlatform, Device: h.device,
	}, nil
}
