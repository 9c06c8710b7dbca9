// Package testkey is a software authenticator for the verifier's tests: small,
// honest by default and willing to lie on request.
package testkey

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"latchkey/fido/ceremony"
)

// Flags of authenticator data, WebAuthn L3 §6.1.
const (
	UP = 0x01
	UV = 0x04
	BE = 0x08
	BS = 0x10
	AT = 0x40
	ED = 0x80
)

// Key is one credential with its authenticator. Its fields may be changed between
// ceremonies, to answer as a dishonest key would.
type Key struct {
	ID         []byte
	AAGUID     [16]byte
	Algorithm  int    // ceremony.AlgES256 or AlgEdDSA
	Format     string // "packed" (self attestation) or "none"
	Flags      byte   // of the next answer; AT is added at registration
	Counter    uint32 // of the last answer
	Step       uint32 // what the counter grows by
	RPID       string // "" for the one of the options
	PublicKey  []byte // COSE; to present another key than the one that signs
	UserHandle []byte // what an assertion says
	ClientData func([]byte) []byte
	AuthData   func([]byte) []byte // applied before signing

	ecdsa   *ecdsa.PrivateKey
	ed25519 ed25519.PrivateKey
}

// New makes a key that verifies its user.
func New(algorithm int) *Key {
	key := &Key{ID: make([]byte, 32), Algorithm: algorithm, Format: "packed", Flags: UP | UV, Step: 1}
	rand.Read(key.ID)
	copy(key.AAGUID[:], "latchkey-testkey")
	var public map[int]any
	if algorithm == ceremony.AlgEdDSA {
		encoded, private, err := ed25519.GenerateKey(rand.Reader)
		must(err)
		key.ed25519 = private
		public = map[int]any{1: 1, 3: algorithm, -1: 6, -2: []byte(encoded)}
	} else {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(err)
		key.ecdsa = private
		point, err := private.PublicKey.Bytes()
		must(err)
		public = map[int]any{1: 2, 3: algorithm, -1: 1, -2: point[1:33], -3: point[33:]}
	}
	key.PublicKey = Encode(public)
	return key
}

// Seeded makes an Ed25519 key that is the same in every process, signatures included.
func Seeded(seed byte) *Key {
	key := New(ceremony.AlgEdDSA)
	key.ID = bytes.Repeat([]byte{seed}, 32)
	key.ed25519 = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	key.PublicKey = Encode(map[int]any{1: 1, 3: ceremony.AlgEdDSA, -1: 6, -2: []byte(key.ed25519[32:])})
	return key
}

// Encode writes CTAP2 canonical CBOR.
func Encode(value any) []byte {
	mode, err := cbor.CTAP2EncOptions().EncMode()
	must(err)
	out, err := mode.Marshal(value)
	must(err)
	return out
}

// ECDSA is the private key of an ES256 key.
func (k *Key) ECDSA() *ecdsa.PrivateKey { return k.ecdsa }

// Create answers options with a new credential.
func (k *Key) Create(options ceremony.CreationOptions) ceremony.RegistrationResponse {
	clientData := k.clientData(ceremony.TypeCreate, options.Challenge, options.RP.ID)
	attested := slices.Concat(k.AAGUID[:], binary.BigEndian.AppendUint16(nil, uint16(len(k.ID))), k.ID, k.PublicKey)
	authData := k.authData(options.RP.ID, k.Flags|AT, attested)
	statement := map[string]any{}
	if k.Format == "packed" {
		statement = map[string]any{"alg": k.Algorithm, "sig": k.sign(authData, clientData)}
	}
	object := Encode(map[string]any{"fmt": k.Format, "attStmt": statement, "authData": authData})
	return ceremony.RegistrationResponse{
		ID: k.ID, RawID: k.ID, Type: ceremony.CredentialTypePublicKey,
		AuthenticatorAttachment: options.AuthenticatorSelection.AuthenticatorAttachment,
		Response: ceremony.AttestationResponse{ClientDataJSON: clientData, AttestationObject: object,
			Transports: []string{ceremony.TransportUSB}},
		ClientExtensionResults: map[string]any{},
	}
}

// Assert answers options with a signature.
func (k *Key) Assert(options ceremony.RequestOptions) ceremony.AuthenticationResponse {
	clientData := k.clientData(ceremony.TypeGet, options.Challenge, options.RPID)
	authData := k.authData(options.RPID, k.Flags, nil)
	return ceremony.AuthenticationResponse{
		ID: k.ID, RawID: k.ID, Type: ceremony.CredentialTypePublicKey,
		Response: ceremony.AssertionResponse{ClientDataJSON: clientData, AuthenticatorData: authData,
			Signature: k.sign(authData, clientData), UserHandle: k.UserHandle},
		ClientExtensionResults: map[string]any{},
	}
}

func (k *Key) clientData(kind string, challenge []byte, rpID string) []byte {
	out := ceremony.ClientData(kind, challenge, rpID)
	if k.ClientData != nil {
		out = k.ClientData(out)
	}
	return out
}

func (k *Key) authData(rpID string, flags byte, rest []byte) []byte {
	if k.RPID != "" {
		rpID = k.RPID
	}
	k.Counter += k.Step
	hash := sha256.Sum256([]byte(rpID))
	out := slices.Concat(hash[:], []byte{flags}, binary.BigEndian.AppendUint32(nil, k.Counter), rest)
	if k.AuthData != nil {
		out = k.AuthData(out)
	}
	return out
}

// sign makes the signature of WebAuthn L3 §6.3.3.
func (k *Key) sign(authData, clientData []byte) []byte {
	hash := sha256.Sum256(clientData)
	message := slices.Concat(authData, hash[:])
	if k.ed25519 != nil {
		return ed25519.Sign(k.ed25519, message)
	}
	digest := sha256.Sum256(message)
	signature, err := ecdsa.SignASN1(rand.Reader, k.ecdsa, digest[:])
	must(err)
	return signature
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
