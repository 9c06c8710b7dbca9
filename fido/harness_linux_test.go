//go:build cgo

package fido

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/fido/ceremony"
	"latchkey/fido/virtualkey"
)

// The virtual key and libfido2 answer within milliseconds; who waits that long waits
// for something that will not come.
const patience = 20 * time.Second

// plugIn starts a virtual key for the test.
func plugIn(t *testing.T, options virtualkey.Options) *virtualkey.Key {
	t.Helper()
	key, err := virtualkey.Serve(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := key.Close(); err != nil {
			t.Error(err)
		}
	})
	return key
}

// keysAt returns the keys at the paths, and checks at the end of the test that
// nothing of it runs on.
func keysAt(t *testing.T, paths ...string) *Keys {
	t.Helper()
	k := New(Options{Paths: paths})
	t.Cleanup(func() {
		eventually(t, "no goroutine owns a key", func() bool { return !strings.Contains(stacks(), "fido.(*session)") || t.Failed() })
		if len(k.used) != 0 {
			t.Errorf("keys still in use: %v", k.used)
		}
	})
	return k
}

// stacks are those of all goroutines. Tests that look at them cannot run in parallel.
func stacks() string {
	out := make([]byte, 1<<20)
	return string(out[:runtime.Stack(out, true)])
}

// eventually waits until what is true.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %v: %s\n%s", patience, what, stacks())
		}
	}
}

// person is a prompter that answers from lists and keeps what it was asked.
type person struct {
	pins, newPINs []string // answers in order; out of answers, it gives up
	onTouch       func(ceremony.TouchNotice)

	mu        sync.Mutex
	asked     []ceremony.PINQuestion
	askedNew  []ceremony.NewPINQuestion
	notices   []ceremony.TouchNotice
	showing   int // touch notices on display
	withdrawn int
}

func (p *person) PIN(_ context.Context, question ceremony.PINQuestion) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, question)
	if len(p.pins) < len(p.asked) {
		return "", ceremony.ErrCanceled
	}
	return p.pins[len(p.asked)-1], nil
}

func (p *person) NewPIN(_ context.Context, question ceremony.NewPINQuestion) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.askedNew = append(p.askedNew, question)
	if len(p.newPINs) < len(p.askedNew) {
		return "", ceremony.ErrCanceled
	}
	return p.newPINs[len(p.askedNew)-1], nil
}

func (p *person) Touch(_ context.Context, notice ceremony.TouchNotice) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notices = append(p.notices, notice)
	p.showing++
	if p.onTouch != nil {
		p.onTouch(notice)
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.showing--
		p.withdrawn++
	}
}

// expect checks how often the person was asked, and that nothing is on display.
func (p *person) expect(t *testing.T, pins, newPINs, touches int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) != pins || len(p.askedNew) != newPINs || len(p.notices) != touches {
		t.Errorf("asked for %d PINs, %d new PINs and %d touches, want %d, %d and %d",
			len(p.asked), len(p.askedNew), len(p.notices), pins, newPINs, touches)
	}
	if p.showing != 0 || p.withdrawn != len(p.notices) {
		t.Errorf("%d touch notices still show", p.showing)
	}
}

const rpID = "portal.example.com"

// party is a relying party of one user: go-webauthn, which knows nothing of how this
// package builds things.
type party struct {
	web         *webauthn.WebAuthn
	verify      string // user verification requirement
	challenge   []byte
	credentials []webauthn.Credential
}

func newParty(t *testing.T, verify string) *party {
	t.Helper()
	web, err := webauthn.New(&webauthn.Config{RPID: rpID, RPDisplayName: "Portal", RPOrigins: []string{ceremony.Origin(rpID)}})
	if err != nil {
		t.Fatal(err)
	}
	return &party{web: web, verify: verify, challenge: []byte(rand.Text())}
}

func (*party) WebAuthnID() []byte                           { return []byte("a user handle") }
func (*party) WebAuthnName() string                         { return "ada" }
func (*party) WebAuthnDisplayName() string                  { return "Ada Lovelace" }
func (p *party) WebAuthnCredentials() []webauthn.Credential { return p.credentials }

func (p *party) session() webauthn.SessionData {
	return webauthn.SessionData{
		Challenge: ceremony.Bytes(p.challenge).String(), RelyingPartyID: rpID, UserID: p.WebAuthnID(),
		UserVerification: protocol.UserVerificationRequirement(p.verify),
		CredParams: []protocol.CredentialParameter{
			{Type: protocol.PublicKeyCredentialType, Algorithm: -7}, {Type: protocol.PublicKeyCredentialType, Algorithm: -8},
		},
	}
}

func (p *party) descriptors() []ceremony.CredentialDescriptor {
	var out []ceremony.CredentialDescriptor
	for _, credential := range p.credentials {
		out = append(out, ceremony.CredentialDescriptor{Type: ceremony.CredentialTypePublicKey, ID: credential.ID})
	}
	return out
}

// creation is the request for a new credential, changed by the functions.
func (p *party) creation(change ...func(*ceremony.CreationOptions)) ceremony.CreateRequest {
	options := ceremony.CreationOptions{
		RP:        ceremony.RelyingParty{ID: rpID, Name: "Portal"},
		User:      ceremony.User{ID: p.WebAuthnID(), Name: p.WebAuthnName(), DisplayName: p.WebAuthnDisplayName()},
		Challenge: p.challenge,
		Timeout:   uint32(patience.Milliseconds()),
		PubKeyCredParams: []ceremony.CredentialParameter{
			{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256},
			{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgEdDSA},
		},
		ExcludeCredentials:     p.descriptors(),
		AuthenticatorSelection: ceremony.AuthenticatorSelection{UserVerification: p.verify},
	}
	for _, f := range change {
		f(&options)
	}
	return ceremony.CreateRequest{Options: options, ClientDataJSON: ceremony.ClientData(ceremony.TypeCreate, p.challenge, rpID)}
}

// protected asks for a credential that the key admits to its verified user only.
func protected(options *ceremony.CreationOptions) {
	options.Extensions = &ceremony.CreationExtensions{CredentialProtectionPolicy: "userVerificationRequired"}
}

func discoverable(options *ceremony.CreationOptions) {
	options.AuthenticatorSelection.ResidentKey = "required"
}

func (p *party) request() ceremony.AssertRequest {
	return ceremony.AssertRequest{
		Options: ceremony.RequestOptions{
			Challenge: p.challenge, RPID: rpID, Timeout: uint32(patience.Milliseconds()),
			AllowCredentials: p.descriptors(), UserVerification: p.verify,
		},
		ClientDataJSON: ceremony.ClientData(ceremony.TypeGet, p.challenge, rpID),
	}
}

// enrol makes a credential and has the relying party check and keep it.
func (p *party) enrol(t *testing.T, k *Keys, prompter ceremony.Prompter, change ...func(*ceremony.CreationOptions)) *ceremony.Created {
	t.Helper()
	request := p.creation(change...)
	created, err := k.Create(t.Context(), request, prompter)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	body, err := json.Marshal(created.Response(request.ClientDataJSON))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(body)
	if err != nil {
		t.Fatalf("the relying party cannot read the registration: %v\n%s", err, body)
	}
	credential, err := p.web.CreateCredential(p, p.session(), parsed)
	if err != nil {
		t.Fatalf("the relying party refuses the registration: %v\n%s", err, body)
	}
	if credential.AttestationType != "" && credential.AttestationFormat != "packed" {
		t.Errorf("attestation format %q", credential.AttestationFormat)
	}
	p.credentials = append(p.credentials, *credential)
	return created
}

// signIn signs and has the relying party check.
func (p *party) signIn(t *testing.T, k *Keys, prompter ceremony.Prompter) *ceremony.Asserted {
	t.Helper()
	request := p.request()
	asserted, err := k.Assert(t.Context(), request, prompter)
	if err != nil {
		t.Fatalf("assert: %v", err)
	}
	p.accept(t, asserted, request)
	return asserted
}

func (p *party) accept(t *testing.T, asserted *ceremony.Asserted, request ceremony.AssertRequest) {
	t.Helper()
	body, err := json.Marshal(asserted.Response(request.ClientDataJSON))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(body)
	if err != nil {
		t.Fatalf("the relying party cannot read the assertion: %v\n%s", err, body)
	}
	if _, err := p.web.ValidateLogin(p, p.session(), parsed); err != nil {
		t.Fatalf("the relying party refuses the assertion: %v\n%s", err, body)
	}
}

// wantError checks what a ceremony ended with.
func wantError(t *testing.T, err, want error) *ceremony.Error {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("ended with %v, want %v", err, want)
	}
	var e *ceremony.Error
	errors.As(err, &e)
	return e
}

// touchedBy returns what the person does who touches one key whenever asked to.
func touchedBy(key *virtualkey.Key) func(ceremony.TouchNotice) {
	return func(ceremony.TouchNotice) { key.Touch() }
}

func paths(notice ceremony.TouchNotice) []string {
	var out []string
	for _, device := range notice.Devices {
		out = append(out, device.Path)
	}
	slices.Sort(out)
	return out
}
