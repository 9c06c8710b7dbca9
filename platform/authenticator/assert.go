package authenticator

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"

	"latchkey/fido/ceremony"
	"latchkey/platform/records"
)

// Assert signs with a credential, WebAuthn L3 §6.3.3: with one of the allowed ones or,
// where none are named, with the newest discoverable one.
//
// The errors are ErrNoCredential, those of [Chip] where a credential fits, ErrTimeout and
// what the prompter returns.
func (a *Authenticator) Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (asserted *ceremony.Asserted, err error) {
	err = limited(ctx, request.Options.Timeout, func(ctx context.Context) error {
		asserted, err = a.assert(ctx, request, prompter)
		return err
	})
	if err != nil {
		return nil, err
	}
	return asserted, nil
}

func (a *Authenticator) assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	chosen, err := a.choose(ctx, request.Options)
	if err != nil {
		return nil, err
	}
	out := &ceremony.Asserted{CredentialID: chosen.ID, Attachment: ceremony.AttachmentPlatform, Device: a.device()}
	if chosen.Discoverable {
		out.UserHandle = chosen.UserHandle
	}
	err = a.verified(ctx, prompter, ceremony.PurposeAssert, func(sign signer) error {
		count, err := a.count(ctx, chosen.ID)
		if err != nil {
			return err
		}
		out.AuthenticatorData = authenticatorData(chosen.RPID, count, nil)
		out.Signature, err = sign(chosen.Key, signed(out.AuthenticatorData, request.ClientDataJSON))
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// choose finds the credential to sign with. One that the chip cannot use is told of
// only where there is no other.
//
// The records come first: where none fits, nothing wakes the chip, nor what it stands
// on. Each sign-in comes by here, on computers too where nothing was ever enrolled.
func (a *Authenticator) choose(ctx context.Context, options ceremony.RequestOptions) (records.Record, error) {
	all, err := a.store.All()
	if err != nil {
		return records.Record{}, a.storeFailed(err)
	}
	var candidates []records.Record
	if len(options.AllowCredentials) > 0 {
		candidates = named(all, options.RPID, options.AllowCredentials)
	} else {
		candidates = slices.DeleteFunc(all, func(r records.Record) bool { return r.RPID != options.RPID || !r.Discoverable })
	}
	if len(candidates) == 0 {
		return records.Record{}, a.fail(ceremony.CodeNoCredential, nil)
	}
	if err := a.chip.Probe(ctx); err != nil {
		return records.Record{}, err
	}
	var unusable error
	for _, candidate := range slices.Backward(candidates) {
		err := a.chip.Check(ctx, candidate.Key)
		if err == nil {
			return candidate, nil
		}
		if !errors.Is(err, ceremony.ErrNoCredential) {
			return records.Record{}, err
		}
		unusable = err
	}
	return records.Record{}, unusable
}

// count takes the next value of a credential's counter, WebAuthn L3 §6.1.1. It is on
// the disk before it is signed, so no crash lets it stand still; a try with a wrong PIN
// uses one up, which does no harm.
func (a *Authenticator) count(ctx context.Context, id []byte) (count uint32, err error) {
	err = a.store.Update(ctx, func(all []records.Record) ([]records.Record, error) {
		i := indexOf(all, id)
		if i < 0 {
			return nil, a.fail(ceremony.CodeNoCredential, errors.New("it was removed meanwhile"))
		}
		if all[i].SignCount == math.MaxUint32 {
			return nil, a.fail(ceremony.CodeUnsupported, errors.New("the credential's counter has come to its end"))
		}
		all[i].SignCount++
		count = all[i].SignCount
		return all, nil
	})
	if err != nil {
		return 0, a.storeFailed(err)
	}
	return count, nil
}

// named returns the records of a relying party that a list names, oldest first.
func named(all []records.Record, rpID string, list []ceremony.CredentialDescriptor) []records.Record {
	var out []records.Record
	for _, record := range all {
		if record.RPID == rpID && slices.ContainsFunc(list, func(d ceremony.CredentialDescriptor) bool {
			return d.Type == ceremony.CredentialTypePublicKey && bytes.Equal(d.ID, record.ID)
		}) {
			out = append(out, record)
		}
	}
	return out
}

func indexOf(all []records.Record, id []byte) int {
	return slices.IndexFunc(all, func(r records.Record) bool { return bytes.Equal(r.ID, id) })
}
