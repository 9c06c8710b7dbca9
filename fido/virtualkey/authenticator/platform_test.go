package authenticator

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

const (
	testPIN = "1234"
	testRP  = "relying.example"
)

var (
	clientDataHash = sha256.Sum256([]byte("client data"))
	testAAGUID     = [16]byte([]byte("an AAGUID, tests"))
)

// person is a Presence that a test controls.
type person struct {
	answer  error
	absent  bool
	prompts []Prompt
}

func (p *person) Wait(ctx context.Context, prompt Prompt) error {
	p.prompts = append(p.prompts, prompt)
	if p.absent {
		<-ctx.Done()
		return ctx.Err()
	}
	return p.answer
}

// platform is the other side of the protocol: it talks to an authenticator and checks what it hears.
type platform struct {
	*testing.T
	a       *Authenticator
	store   *MemoryStore
	person  *person
	now     time.Time
	pinUV   uint // the PIN/UV auth protocol to speak
	options Options
}

// plugIn returns a platform with a new key.
func plugIn(t *testing.T) *platform {
	t.Helper()
	p := &platform{T: t, store: &MemoryStore{}, person: &person{}, now: time.Unix(1_700_000_000, 0), pinUV: 2}
	p.options = Options{
		Store: p.store, Presence: p.person, AAGUID: testAAGUID,
		Now: func() time.Time { return p.now },
	}
	p.powerCycle()
	return p
}

// plugInWithPIN returns a platform with a new key whose PIN is testPIN.
func plugInWithPIN(t *testing.T) *platform {
	t.Helper()
	p := plugIn(t)
	p.check(p.a.SetPIN(testPIN))
	return p
}

func (p *platform) powerCycle() {
	p.Helper()
	a, err := New(p.options)
	p.check(err)
	p.a = a
}

func (p *platform) check(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// m is the parameter map of a request.
type m map[int]any

// with returns params with one changed; nil removes it.
func (params m) with(key int, value any) m {
	changed := m{}
	for k, v := range params {
		changed[k] = v
	}
	changed[key] = value
	if value == nil {
		delete(changed, key)
	}
	return changed
}

// send runs a command. Nil params send none.
func (p *platform) send(command byte, params any) (Status, []byte) {
	p.Helper()
	request := []byte{command}
	if params != nil {
		encoded, err := ctap2.encode(params)
		p.check(err)
		request = append(request, encoded...)
	}
	response := p.a.Handle(p.Context(), request, nil)
	if len(response) == 0 {
		p.Fatal("empty response")
	}
	return Status(response[0]), response[1:]
}

// ok runs a command that must succeed and decodes its response, unless response is nil.
func (p *platform) ok(command byte, params, response any) {
	p.Helper()
	status, body := p.send(command, params)
	if status != StatusOK {
		p.Fatalf("command %#02x: %v", command, status)
	}
	if response == nil {
		if len(body) != 0 {
			p.Fatalf("command %#02x: unexpected response %x", command, body)
		}
		return
	}
	if !ctap2.canonical(body) {
		p.Fatalf("command %#02x: response %x is not canonical", command, body)
	}
	p.check(cbor.Unmarshal(body, response))
}

// fails runs a command that must be refused with the status.
func (p *platform) fails(want Status, command byte, params any) {
	p.Helper()
	status, body := p.send(command, params)
	if status != want {
		p.Fatalf("command %#02x: %v, want %v", command, status, want)
	}
	if len(body) != 0 {
		p.Fatalf("command %#02x: an error came with a body: %x", command, body)
	}
}

// sharedSecret agrees on a secret and returns it with the platform's key.
func (p *platform) sharedSecret() ([]byte, coseKey) {
	p.Helper()
	var response clientPINResponse
	p.ok(cmdClientPIN, m{1: p.pinUV, 2: pinGetKeyAgreement}, &response)
	peer, err := response.KeyAgreement.ecdh()
	p.check(err)
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	p.check(err)
	z, err := private.ECDH(peer)
	p.check(err)
	secret, err := p.scheme().kdf(z)
	p.check(err)
	return secret, coseP256(algECDHES, private.PublicKey().Bytes())
}

func (p *platform) scheme() scheme {
	if p.pinUV == 1 {
		return protocolOne{}
	}
	return protocolTwo{}
}

func (p *platform) encrypt(secret, plain []byte) []byte {
	p.Helper()
	sealed, err := p.scheme().encrypt(secret, plain)
	p.check(err)
	return sealed
}

func pinHash(pin string) []byte {
	hash := sha256.Sum256([]byte(pin))
	return hash[:16]
}

// setPINParams returns a request to set the first PIN.
func (p *platform) setPINParams(pin []byte) m {
	p.Helper()
	secret, key := p.sharedSecret()
	sealed := p.encrypt(secret, pin)
	return m{1: p.pinUV, 2: pinSet, 3: key, 4: p.scheme().authenticate(secret, sealed), 5: sealed}
}

// changePINParams returns a request to change the PIN.
func (p *platform) changePINParams(old, pin string) m {
	p.Helper()
	secret, key := p.sharedSecret()
	sealed, hash := p.encrypt(secret, padded(pin)), p.encrypt(secret, pinHash(old))
	return m{1: p.pinUV, 2: pinChange, 3: key, 4: p.scheme().authenticate(secret, slices.Concat(sealed, hash)), 5: sealed, 6: hash}
}

func padded(pin string) []byte {
	data := make([]byte, max(paddedPIN, len(pin)))
	copy(data, pin)
	return data
}

// tokenParams returns a request for a token, and the secret its answer is encrypted with.
func (p *platform) tokenParams(pin string, permissions permission, rpID string) (m, []byte) {
	p.Helper()
	secret, key := p.sharedSecret()
	params := m{1: p.pinUV, 2: pinGetTokenWithPermissions, 3: key, 6: p.encrypt(secret, pinHash(pin)), 9: permissions}
	if rpID != "" {
		params[10] = rpID
	}
	return params, secret
}

// token gets a pinUvAuthToken.
func (p *platform) token(permissions permission, rpID string) []byte {
	p.Helper()
	params, secret := p.tokenParams(testPIN, permissions, rpID)
	var response clientPINResponse
	p.ok(cmdClientPIN, params, &response)
	token, err := p.scheme().decrypt(secret, response.Token)
	p.check(err)
	return token
}

// sign returns a pinUvAuthParam.
func (p *platform) sign(token, message []byte) []byte {
	return p.scheme().authenticate(token, message)
}

// makeParams returns a request to make a credential.
func makeParams(user string, algs ...algorithm) m {
	if len(algs) == 0 {
		algs = []algorithm{algES256}
	}
	var list []credentialParameter
	for _, alg := range algs {
		list = append(list, credentialParameter{Type: publicKey, Alg: alg})
	}
	return m{
		1: clientDataHash[:],
		2: RP{ID: testRP, Name: "Relying party"},
		3: User{ID: []byte(user), Name: user, DisplayName: "User " + user},
		4: list,
	}
}

// verified adds user verification for one ceremony to params.
func (p *platform) verified(params m, wanted permission) m {
	p.Helper()
	param, protocol := 8, 9
	if wanted == permitGetAssertion {
		param, protocol = 6, 7
	}
	return params.with(param, p.sign(p.token(wanted, testRP), clientDataHash[:])).with(protocol, p.pinUV)
}

func rk() map[string]bool { return map[string]bool{"rk": true} }

// made is a credential that a platform checked.
type made struct {
	id         []byte
	public     coseKey
	flags      byte
	counter    uint32
	extensions map[string]any
}

// make makes a credential and checks the attestation as WebAuthn L3 §7.1 and §8.2 want.
func (p *platform) make(params m) made {
	p.Helper()
	var response attestation
	p.ok(cmdMakeCredential, params, &response)
	data := response.AuthData
	c := made{flags: data[32], counter: binary.BigEndian.Uint32(data[33:37])}
	p.checkRPIDHash(data)
	if c.flags&flagAttested == 0 || [16]byte(data[37:53]) != testAAGUID {
		p.Fatalf("authenticator data %x has no attested credential data of this model", data)
	}
	size := int(binary.BigEndian.Uint16(data[53:55]))
	c.id = data[55 : 55+size]
	rest, err := cbor.UnmarshalFirst(data[55+size:], &c.public)
	p.check(err)
	c.extensions = p.extensions(c.flags, rest)
	if response.Format != "packed" || response.Statement.Alg != c.public.Algorithm {
		p.Fatalf("attestation is %q with algorithm %d", response.Format, response.Statement.Alg)
	}
	p.verify(c.public, slices.Concat(data, clientDataHash[:]), response.Statement.Sig)
	return c
}

// asserted is an assertion that a platform checked.
type asserted struct {
	assertion
	flags      byte
	counter    uint32
	extensions map[string]any
}

// assert signs in and checks the signature of the credential it expects.
func (p *platform) assert(params m, c made) asserted {
	p.Helper()
	var response assertion
	p.ok(cmdGetAssertion, params, &response)
	return p.checkAssertion(response, c)
}

// assertNext goes on with the next account.
func (p *platform) assertNext(c made) asserted {
	p.Helper()
	var response assertion
	p.ok(cmdGetNextAssertion, nil, &response)
	return p.checkAssertion(response, c)
}

func (p *platform) checkAssertion(response assertion, c made) asserted {
	p.Helper()
	data := response.AuthData
	p.checkRPIDHash(data)
	if !slices.Equal(response.Credential.ID, c.id) {
		p.Fatalf("asserted with %x, want %x", response.Credential.ID, c.id)
	}
	p.verify(c.public, slices.Concat(data, clientDataHash[:]), response.Signature)
	return asserted{response, data[32], binary.BigEndian.Uint32(data[33:37]), p.extensions(data[32], data[37:])}
}

func (p *platform) checkRPIDHash(data []byte) {
	p.Helper()
	if hash := sha256.Sum256([]byte(testRP)); [32]byte(data) != hash {
		p.Fatalf("RP ID hash %x, want %x", data[:32], hash)
	}
}

func (p *platform) extensions(flags byte, data []byte) map[string]any {
	p.Helper()
	if flags&flagExtensions == 0 {
		if len(data) != 0 {
			p.Fatalf("%x follows authenticator data without extensions", data)
		}
		return nil
	}
	var outputs map[string]any
	p.check(cbor.Unmarshal(data, &outputs))
	return outputs
}

// verify checks a signature with the standard library only.
func (p *platform) verify(key coseKey, message, signature []byte) {
	p.Helper()
	valid := false
	switch key.Algorithm {
	case algES256:
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, key.X, key.Y))
		p.check(err)
		digest := sha256.Sum256(message)
		valid = ecdsa.VerifyASN1(public, digest[:], signature)
	case algEdDSA:
		valid = ed25519.VerifyWithOptions(ed25519.PublicKey(key.X), message, signature, &ed25519.Options{Hash: crypto.Hash(0)}) == nil
	}
	if !valid {
		p.Fatalf("the signature of algorithm %d does not verify", key.Algorithm)
	}
}

// assertParams returns a request to sign in; without credentials it asks for discoverable ones.
func assertParams(credentials ...made) m {
	params := m{1: testRP, 2: clientDataHash[:]}
	var list []descriptor
	for _, c := range credentials {
		list = append(list, descriptor{Type: publicKey, ID: c.id})
	}
	if list != nil {
		params[3] = list
	}
	return params
}
