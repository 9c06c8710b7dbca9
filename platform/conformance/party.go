package conformance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"latchkey/fido/ceremony"
)

const (
	rpID      = "portal.example.com"
	otherRPID = "other.example.com"

	patient = 20_000 // milliseconds; no ceremony comes near
	brief   = 200    // milliseconds, for ceremonies that nobody answers
)

var (
	alice = ceremony.User{ID: []byte("handle of alice"), Name: "alice", DisplayName: "Alice"}
	bob   = ceremony.User{ID: []byte("handle of bob"), Name: "bob", DisplayName: "Bob"}
)

// credential is what a relying party keeps.
type credential struct {
	id        []byte
	public    *ecdsa.PublicKey
	aaguid    [16]byte
	signCount uint32
}

func creation(user ceremony.User, change ...func(*ceremony.CreationOptions)) ceremony.CreateRequest {
	options := ceremony.CreationOptions{
		RP: ceremony.RelyingParty{ID: rpID, Name: "Portal"}, User: user, Challenge: challenge(), Timeout: patient,
		PubKeyCredParams:       []ceremony.CredentialParameter{{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256}},
		AuthenticatorSelection: ceremony.AuthenticatorSelection{UserVerification: ceremony.VerificationRequired},
		Attestation:            "direct",
	}
	for _, f := range change {
		f(&options)
	}
	return ceremony.CreateRequest{Options: options, ClientDataJSON: ceremony.ClientData(ceremony.TypeCreate, options.Challenge, rpID)}
}

func excluding(id []byte) func(*ceremony.CreationOptions) {
	return func(o *ceremony.CreationOptions) { o.ExcludeCredentials = descriptors(id) }
}

func assertion(change ...func(*ceremony.RequestOptions)) ceremony.AssertRequest {
	options := ceremony.RequestOptions{
		Challenge: challenge(), RPID: rpID, Timeout: patient, UserVerification: ceremony.VerificationRequired,
	}
	for _, f := range change {
		f(&options)
	}
	return ceremony.AssertRequest{Options: options, ClientDataJSON: ceremony.ClientData(ceremony.TypeGet, options.Challenge, options.RPID)}
}

func allowing(id []byte) func(*ceremony.RequestOptions) {
	return func(o *ceremony.RequestOptions) { o.AllowCredentials = descriptors(id) }
}

func descriptors(ids ...[]byte) (out []ceremony.CredentialDescriptor) {
	for _, id := range ids {
		out = append(out, ceremony.CredentialDescriptor{Type: ceremony.CredentialTypePublicKey, ID: id})
	}
	return out
}

func challenge() []byte { return []byte(rand.Text()) }

// enrol makes a credential, checks it as WebAuthn L3 §7.1 says, and counts what the
// person was asked.
func (s *suite) enrol(user ceremony.User, change ...func(*ceremony.CreationOptions)) *credential {
	s.Helper()
	at, request := s.person(), creation(user, change...)
	created, err := s.Authenticator.Create(s.Context(), request, at)
	if err != nil {
		s.Fatalf("create: %v", err)
	}
	switch {
	case s.OwnPINs:
		at.expect(s.T, 0, 1, s.touches())
	case s.PIN != "":
		at.expect(s.T, 1, 0, s.touches())
	default:
		at.expect(s.T, 0, 0, s.touches())
	}
	if created.Attachment != s.Attachment || created.Device.Kind != s.Kind || created.Device.Name == "" ||
		!slices.Contains(created.Transports, s.Transport) {
		s.Errorf("made by %+v, %s, %v", created.Device, created.Attachment, created.Transports)
	}
	var object struct {
		Format    string          `cbor:"fmt"`
		Statement cbor.RawMessage `cbor:"attStmt"`
		AuthData  []byte          `cbor:"authData"`
	}
	s.decode(created.AttestationObject, &object)
	data := s.parse(object.AuthData, rpID)
	if data.flags != flagUserPresent|flagUserVerified|flagAttested {
		s.Errorf("flags %#02x", data.flags)
	}
	if !bytes.Equal(data.credential.id, created.CredentialID) || data.credential.aaguid != created.Device.AAGUID {
		s.Errorf("attested %x of model %x, said %x of %x",
			data.credential.id, data.credential.aaguid, created.CredentialID, created.Device.AAGUID)
	}
	s.checkStatement(request.Options.Attestation, object.Format, object.Statement, digest(object.AuthData, request.ClientDataJSON), data.credential.public)
	return data.credential
}

// checkStatement checks attestation statements of WebAuthn L3 §8.2 and §8.7.
func (s *suite) checkStatement(wanted, format string, statement []byte, digest [32]byte, public *ecdsa.PublicKey) {
	s.Helper()
	var packed struct {
		Algorithm int      `cbor:"alg"`
		Signature []byte   `cbor:"sig"`
		Chain     [][]byte `cbor:"x5c"`
	}
	s.decode(statement, &packed)
	switch format {
	case "none":
		if !bytes.Equal(statement, []byte{0xa0}) {
			s.Errorf("the statement of no attestation is %x", statement)
		}
		if wanted == "direct" {
			s.Error("no attestation, though it was asked for")
		}
		return
	case "packed":
	default:
		s.Fatalf("attestation format %q", format)
	}
	if len(packed.Chain) > 0 {
		leaf, err := x509.ParseCertificate(packed.Chain[0])
		if err != nil {
			s.Fatal(err)
		}
		signer, ok := leaf.PublicKey.(*ecdsa.PublicKey)
		if !ok {
			s.Fatalf("the attestation key is a %T", leaf.PublicKey)
		}
		public = signer
	}
	if packed.Algorithm != ceremony.AlgES256 || !ecdsa.VerifyASN1(public, digest[:], packed.Signature) {
		s.Error("the attestation's signature is not valid")
	}
}

// signIn signs with a credential and checks as WebAuthn L3 §7.2 says.
func (s *suite) signIn(known *credential, change ...func(*ceremony.RequestOptions)) *ceremony.Asserted {
	s.Helper()
	at := s.person()
	got, err := s.try(assertion(append([]func(*ceremony.RequestOptions){allowing(known.id)}, change...)...), at)
	if err != nil {
		s.Fatalf("assert: %v", err)
	}
	pins := 0
	if s.PIN != "" {
		pins = 1
	}
	at.expect(s.T, pins, 0, s.touches())
	s.check(known, got)
	return got.Asserted
}

// answer is an assertion and the client data that it was made over.
type answer struct {
	*ceremony.Asserted
	clientData []byte
}

func (s *suite) try(request ceremony.AssertRequest, prompter ceremony.Prompter) (answer, error) {
	asserted, err := s.Authenticator.Assert(s.Context(), request, prompter)
	return answer{asserted, request.ClientDataJSON}, err
}

func (s *suite) check(known *credential, got answer) {
	s.Helper()
	if !bytes.Equal(got.CredentialID, known.id) || got.Attachment != s.Attachment || got.Device.Kind != s.Kind {
		s.Errorf("signed with %x, %s, %+v", got.CredentialID, got.Attachment, got.Device)
	}
	data := s.parse(got.AuthenticatorData, rpID)
	if data.flags != flagUserPresent|flagUserVerified {
		s.Errorf("flags %#02x", data.flags)
	}
	if data.signCount <= known.signCount {
		s.Errorf("the counter went from %d to %d", known.signCount, data.signCount)
	}
	known.signCount = data.signCount
	valid := func(authData, clientData []byte) bool {
		sum := digest(authData, clientData)
		return ecdsa.VerifyASN1(known.public, sum[:], got.Signature)
	}
	if !valid(got.AuthenticatorData, got.clientData) {
		s.Error("the signature is not valid")
	}
	if valid(got.AuthenticatorData, append(slices.Clone(got.clientData), ' ')) {
		s.Error("the signature covers any client data")
	}
}

func digest(authData, clientData []byte) [32]byte {
	hash := sha256.Sum256(clientData)
	return sha256.Sum256(slices.Concat(authData, hash[:]))
}

// Flags of authenticator data, WebAuthn L3 §6.1. BE (0x08), BS (0x10) and ED (0x80)
// are never to be seen.
const (
	flagUserPresent  = 0x01
	flagUserVerified = 0x04
	flagAttested     = 0x40
)

type authenticatorData struct {
	flags      byte
	signCount  uint32
	credential *credential // nil without attested credential data
}

// parse reads authenticator data to its last byte.
func (s *suite) parse(raw []byte, rpID string) authenticatorData {
	s.Helper()
	const fixed, attested = 37, 18
	if len(raw) < fixed {
		s.Fatalf("authenticator data of %d bytes", len(raw))
	}
	if [32]byte(raw[:32]) != sha256.Sum256([]byte(rpID)) {
		s.Error("the RP ID hash is another one's")
	}
	data := authenticatorData{flags: raw[32], signCount: binary.BigEndian.Uint32(raw[33:])}
	rest := raw[fixed:]
	if data.flags&flagAttested == 0 {
		if len(rest) > 0 {
			s.Errorf("%d bytes follow the authenticator data", len(rest))
		}
		return data
	}
	if len(rest) < attested {
		s.Fatal("the attested credential data is cut short")
	}
	size := int(binary.BigEndian.Uint16(rest[16:]))
	if size < 16 || size > 1023 || size > len(rest)-attested {
		s.Fatalf("the credential ID has %d bytes", size)
	}
	data.credential = &credential{
		id: rest[attested : attested+size], aaguid: [16]byte(rest), signCount: data.signCount,
		public: s.publicKey(rest[attested+size:]),
	}
	return data
}

// publicKey reads the COSE key of ES256, RFC 9053 §7.1.1.
func (s *suite) publicKey(encoded []byte) *ecdsa.PublicKey {
	s.Helper()
	var key struct {
		Type      int    `cbor:"1,keyasint"`
		Algorithm int    `cbor:"3,keyasint"`
		Curve     int    `cbor:"-1,keyasint"`
		X         []byte `cbor:"-2,keyasint"`
		Y         []byte `cbor:"-3,keyasint"`
	}
	s.decode(encoded, &key)
	if key.Type != 2 || key.Algorithm != ceremony.AlgES256 || key.Curve != 1 {
		s.Fatalf("COSE key %+v", key)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, key.X, key.Y))
	if err != nil {
		s.Fatal(err)
	}
	return public
}

// decode reads exactly one CBOR item in its canonical form.
func (s *suite) decode(encoded []byte, into any) {
	s.Helper()
	if err := cbor.Unmarshal(encoded, into); err != nil {
		s.Fatalf("%v in %x", err, encoded)
	}
	var item any
	if err := cbor.Unmarshal(encoded, &item); err != nil {
		s.Fatal(err)
	}
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		s.Fatal(err)
	}
	if again, err := mode.Marshal(item); err != nil || !bytes.Equal(again, encoded) {
		s.Errorf("not in canonical form: %x, %v", encoded, err)
	}
}

// want checks what a ceremony ended with.
func (s *suite) want(err error, want *ceremony.Error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("ended with %v, want %v", err, want)
	}
}
