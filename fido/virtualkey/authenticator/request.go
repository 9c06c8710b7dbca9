package authenticator

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// publicKey is the only credential type that there is (WebAuthn L3 §5.8.2).
const publicKey = "public-key"

// Bits of the flags of authenticator data (WebAuthn L3 §6.1).
const (
	flagUserPresent  = 0x01
	flagUserVerified = 0x04
	flagAttested     = 0x40
	flagExtensions   = 0x80
)

// credentialParameter is a PublicKeyCredentialParameters (WebAuthn L3 §5.3).
type credentialParameter struct {
	Type string    `cbor:"type"`
	Alg  algorithm `cbor:"alg"`
}

// descriptor is a PublicKeyCredentialDescriptor (WebAuthn L3 §5.8.3); the transports are for the platform.
type descriptor struct {
	Type string `cbor:"type"`
	ID   octets `cbor:"id"`
}

// ours returns the credential ID and what is in it, if this key made it for the relying party.
func (a *Authenticator) ours(d descriptor, rpIDHash [32]byte) (source, bool) {
	if d.Type != publicKey {
		return source{}, false
	}
	s, ok := unwrap(a.state.Secret, d.ID, rpIDHash)
	if !ok || s.resident && a.state.resident(d.ID) < 0 { // deleted or overwritten
		return source{}, false
	}
	return s, true
}

// checkDescriptors refuses a list that no platform may send.
func checkDescriptors(list []descriptor) error {
	if len(list) > maxCredentialsInList {
		return StatusRequestTooLarge
	}
	for _, d := range list {
		if d.Type == "" || d.ID == nil {
			return StatusMissingParameter
		}
	}
	return nil
}

// checkClientDataHash refuses what cannot be a SHA-256.
func checkClientDataHash(hash octets) error {
	switch len(hash) {
	case 0:
		return StatusMissingParameter
	case sha256.Size:
		return nil
	default:
		return StatusInvalidLength
	}
}

// userAuth is the evidence of user verification in a request: pinUvAuthParam and pinUvAuthProtocol.
type userAuth struct {
	param    octets
	protocol *uint
}

// given reports whether the request has a pinUvAuthParam.
func (u userAuth) given() bool { return u.param != nil }

// pinProtocol does steps 1 and 2 of both ceremonies (CTAP 2.1 §6.1.2, §6.2.2): an empty pinUvAuthParam only asks for a
// touch, to tell keys apart; otherwise it returns the protocol, nil if the request has no pinUvAuthParam.
func (a *Authenticator) pinProtocol(ctx context.Context, auth userAuth, touch toucher) (*pinProtocol, error) {
	if !auth.given() {
		return nil, nil
	}
	if len(auth.param) == 0 {
		if err := touch(ctx, Prompt{Action: ActionSelect}); err != nil {
			return nil, err
		}
		if !a.pinIsSet() {
			return nil, StatusPINNotSet
		}
		return nil, StatusPINInvalid
	}
	return a.protocol(auth.protocol)
}

// protocol returns the PIN/UV auth protocol with this number.
func (a *Authenticator) protocol(number *uint) (*pinProtocol, error) {
	if number == nil {
		return nil, StatusMissingParameter
	}
	p, ok := a.protocols[*number]
	if !ok {
		return nil, StatusInvalidParameter
	}
	return p, nil
}

// verifyUser checks the pinUvAuthParam of a ceremony for rpID, and reports whether the user is verified.
func (a *Authenticator) verifyUser(p *pinProtocol, auth userAuth, clientDataHash []byte, wanted permission, rpID string) (bool, error) {
	if p == nil {
		return false, nil
	}
	if !a.token.check(p, clientDataHash, auth.param, a.options.Now()) || !a.token.grants(wanted, rpID) {
		return false, StatusPINAuthInvalid
	}
	return true, nil
}

// authenticatorData builds the authenticator data (WebAuthn L3 §6.1). Attested is the attested credential data and
// extensions the encoded extension outputs; nil if there are none.
func authenticatorData(rpIDHash [32]byte, flags byte, counter uint32, attested, extensions []byte) []byte {
	if attested != nil {
		flags |= flagAttested
	}
	if extensions != nil {
		flags |= flagExtensions
	}
	head := binary.BigEndian.AppendUint32(append(slices.Clone(rpIDHash[:]), flags), counter)
	return slices.Concat(head, attested, extensions)
}

// truncate shortens a name to the 64 bytes that a key must keep, between code points (WebAuthn L3 §6.4.1).
func truncate(s string) string {
	const limit = 64
	if len(s) <= limit {
		return s
	}
	end := limit
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
