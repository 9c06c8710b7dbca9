package fido

import (
	"context"
	"crypto/sha256"
	"errors"

	"latchkey/fido/ceremony"
)

// Room in a message: a list of credentials takes what the rest of the request leaves.
const (
	defaultMaxMsgSize = 1024 // bytes, CTAP 2.1 §6.4
	restOfRequest     = 512  // bytes: names, extensions, a PIN proof
	perCredential     = 32   // bytes around each ID
)

// batches splits ids into lists that the key takes in one request. IDs longer than
// any of the key's are left out, since they cannot be its own.
func (i info) batches(ids [][]byte) [][][]byte {
	room := i.maxMsgSize
	if room == 0 {
		room = defaultMaxMsgSize
	}
	room = max(room-restOfRequest, 0)
	var out [][][]byte
	size := 0
	for _, id := range ids {
		if len(id) == 0 || i.maxIDSize > 0 && len(id) > i.maxIDSize {
			continue
		}
		size += len(id) + perCredential
		last := len(out) - 1
		if last < 0 || len(out[last]) >= max(i.maxListSize, 1) || size > room {
			out = append(out, [][]byte{id})
			size = len(id) + perCredential
			continue
		}
		out[last] = append(out[last], id)
	}
	return out
}

// hidesCredentials tells whether the key may have credentials that it admits to its
// verified user only, credProtect of CTAP 2.1 §12.1.
func (i info) hidesCredentials() bool {
	if !i.options["clientPin"] && !i.options["uv"] {
		return false
	}
	for _, extension := range i.extensions {
		if extension == "credProtect" {
			return true
		}
	}
	return false
}

// lookup finds the first of ids that the key has, without a touch: an assertion
// that nobody has to be present for, which no relying party accepts. It returns nil
// for none. hidden tells that the key may have one that it does not admit to this
// proof. The error is a failure or ctx's.
func (s *session) lookup(ctx context.Context, rpID string, ids [][]byte, pin string) (id []byte, hidden bool, err error) {
	hidden = pin == "" && s.info.hidesCredentials()
	for _, batch := range s.info.batches(ids) {
		var got []assertion
		err := s.silently(ctx, func() (err error) {
			got, err = s.key.getAssertion(assertionRequest{
				clientDataHash: sha256.Sum256(nil), // of nothing that anybody asked for
				rpID:           rpID, allow: batch, present: no, pin: pin,
			})
			return err
		})
		switch {
		case err == nil:
			id, err := s.answering(got, batch)
			return id, false, err
		case isFailure(err, errUserPresenceRequired): // libfido2's "yes" of a U2F key
			return batch[0], false, nil
		case ceremonyCode(err) == ceremony.CodeNoCredential:
		case isFailure(err, errPINRequired) || ceremonyCode(err) == ceremony.CodeUnsupported:
			hidden = true // it does not do this without a user
		default:
			return nil, false, err
		}
	}
	return nil, hidden, nil
}

// answering returns the credential that the first of got is by. A key may leave that
// out where only one was allowed, CTAP 2.1 §6.2.2.
func (s *session) answering(got []assertion, allowed [][]byte) ([]byte, error) {
	switch {
	case len(got) == 0:
		return nil, s.nonsense(errors.New("the key answered with no assertion"))
	case len(got[0].id) == 0 && len(allowed) == 1:
		return allowed[0], nil
	case len(got[0].id) == 0 || len(allowed) > 0 && !contains(allowed, got[0].id):
		return nil, s.nonsense(errors.New("the key answered for a credential that was not asked for"))
	default:
		return got[0].id, nil
	}
}

func contains(ids [][]byte, id []byte) bool {
	for _, other := range ids {
		if string(other) == string(id) {
			return true
		}
	}
	return false
}

func credentialIDs(descriptors []ceremony.CredentialDescriptor) [][]byte {
	ids := make([][]byte, 0, len(descriptors))
	for _, descriptor := range descriptors {
		if descriptor.Type == ceremony.CredentialTypePublicKey {
			ids = append(ids, descriptor.ID)
		}
	}
	return ids
}

// ceremonyCode returns what a failure means, "" for other errors.
func ceremonyCode(err error) ceremony.Code {
	var f failure
	if errors.As(err, &f) {
		return f.code()
	}
	return ""
}
