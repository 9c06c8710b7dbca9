package fido

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Flags of authenticator data, WebAuthn L3 §6.1.
const (
	flagUserPresent  = 1 << 0
	flagUserVerified = 1 << 2
	flagAttested     = 1 << 6
)

// authenticatorData is the part of WebAuthn L3 §6.1 that a client looks at.
type authenticatorData struct {
	rpIDHash     [32]byte
	flags        byte
	aaguid       [16]byte // with flagAttested, like the following
	credentialID []byte
}

// maxCredentialID is the longest credential ID that WebAuthn L3 §7.1 lets a relying
// party accept, in bytes.
const maxCredentialID = 1023

func parseAuthenticatorData(raw []byte) (authenticatorData, error) {
	const fixed, attested = 32 + 1 + 4, 16 + 2
	var out authenticatorData
	if len(raw) < fixed {
		return out, fmt.Errorf("authenticator data of %d bytes is too short", len(raw))
	}
	copy(out.rpIDHash[:], raw)
	out.flags = raw[32]
	if out.flags&flagAttested == 0 {
		return out, nil
	}
	rest := raw[fixed:]
	if len(rest) < attested {
		return out, errors.New("authenticator data ends in the attested credential data")
	}
	copy(out.aaguid[:], rest)
	size := int(binary.BigEndian.Uint16(rest[16:]))
	rest = rest[attested:]
	if size == 0 || size > maxCredentialID || size >= len(rest) {
		return out, fmt.Errorf("the credential ID claims %d of %d bytes", size, len(rest))
	}
	out.credentialID = rest[:size]
	return out, nil
}

// check tells whether raw speaks of the relying party and of a user who is there,
// and verified where that was required. The relying party checks again; here it
// keeps a broken key's answer from being taken for a good one.
func (d authenticatorData) check(rpID string, verified bool) error {
	switch {
	case d.rpIDHash != sha256.Sum256([]byte(rpID)):
		return errors.New("the key signed for another relying party")
	case d.flags&flagUserPresent == 0:
		return errors.New("the key did not wait for a touch")
	case verified && d.flags&flagUserVerified == 0:
		return errors.New("the key did not verify its user")
	}
	return nil
}

// unwrap returns the content of the CBOR byte string in which libfido2 keeps
// authenticator data.
func unwrap(wrapped []byte) ([]byte, error) {
	var raw []byte
	if err := cbor.Unmarshal(wrapped, &raw); err != nil {
		return nil, fmt.Errorf("authenticator data: %w", err)
	}
	return raw, nil
}

var canonical = func() cbor.EncMode {
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return mode
}()

// object builds the attestation object of WebAuthn L3 §6.5.4 out of what the key
// answered, after checking that it is about the credential that it should be about.
// The statement is the key's own bytes, so a certificate chain stays whole.
func (a attestation) object(rpID string, verified bool) ([]byte, error) {
	data, err := parseAuthenticatorData(a.authData)
	if err != nil {
		return nil, err
	}
	if err := data.check(rpID, verified); err != nil {
		return nil, err
	}
	if data.flags&flagAttested == 0 || !bytes.Equal(data.credentialID, a.id) {
		return nil, errors.New("the key answered without a credential")
	}
	var statement map[string]cbor.RawMessage
	if err := cbor.Unmarshal(a.statement, &statement); err != nil {
		return nil, fmt.Errorf("attestation statement: %w", err)
	}
	return canonical.Marshal(struct {
		Format    string          `cbor:"fmt"`
		Statement cbor.RawMessage `cbor:"attStmt"`
		AuthData  []byte          `cbor:"authData"`
	}{a.format, a.statement, a.authData})
}
