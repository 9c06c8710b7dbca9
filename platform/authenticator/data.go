package authenticator

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"latchkey/fido/ceremony"
)

// Flags of authenticator data, WebAuthn L3 §6.1.
const (
	flagUserPresent  = 0x01
	flagUserVerified = 0x04
	flagAttested     = 0x40
)

// authenticatorData is the structure of WebAuthn L3 §6.1. attested is nil in an
// assertion.
func authenticatorData(rpID string, signCount uint32, attested []byte) []byte {
	flags := byte(flagUserPresent | flagUserVerified)
	if attested != nil {
		flags |= flagAttested
	}
	hash := sha256.Sum256([]byte(rpID))
	data := append(hash[:], flags)
	return append(binary.BigEndian.AppendUint32(data, signCount), attested...)
}

// attestedCredentialData is the structure of WebAuthn L3 §6.5.2.
func attestedCredentialData(aaguid [16]byte, id []byte, public *ecdsa.PublicKey) ([]byte, error) {
	key, err := coseKey(public)
	if err != nil {
		return nil, err
	}
	data := binary.BigEndian.AppendUint16(aaguid[:], uint16(len(id)))
	return slices.Concat(data, id, key), nil
}

// coseKey encodes a key as RFC 9053 §7.1.1 and WebAuthn L3 §5.8.5 want it for ES256.
func coseKey(public *ecdsa.PublicKey) ([]byte, error) {
	point, err := public.Bytes()
	if err != nil {
		return nil, fmt.Errorf("the chip's public key: %w", err)
	}
	if len(point) != 65 {
		return nil, fmt.Errorf("the chip's public key is of %s, not of P-256", public.Curve.Params().Name)
	}
	const keyTypeEC2, curveP256 = 2, 1
	return canonical.Marshal(struct {
		Type      int    `cbor:"1,keyasint"`
		Algorithm int    `cbor:"3,keyasint"`
		Curve     int    `cbor:"-1,keyasint"`
		X         []byte `cbor:"-2,keyasint"`
		Y         []byte `cbor:"-3,keyasint"`
	}{keyTypeEC2, ceremony.AlgES256, curveP256, point[1:33], point[33:]})
}

var canonical = func() cbor.EncMode {
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return mode
}()

// selfAttested is the statement of packed self attestation, WebAuthn L3 §8.2.
type selfAttested struct {
	Algorithm int    `cbor:"alg"`
	Signature []byte `cbor:"sig"`
}

// attestationObject is the structure of WebAuthn L3 §6.5.4; a nil statement is
// attestation "none" of §8.7.
func attestationObject(data []byte, statement *selfAttested) ([]byte, error) {
	object := struct {
		Format    string `cbor:"fmt"`
		Statement any    `cbor:"attStmt"`
		AuthData  []byte `cbor:"authData"`
	}{"none", struct{}{}, data}
	if statement != nil {
		object.Format, object.Statement = "packed", statement
	}
	return canonical.Marshal(object)
}

// signed is the digest that a signature over authenticator data and client data is
// made of, WebAuthn L3 §6.3.3 step 11.
func signed(data, clientDataJSON []byte) [32]byte {
	hash := sha256.Sum256(clientDataJSON)
	return sha256.Sum256(slices.Concat(data, hash[:]))
}
