// Package conformance is the suite that everything passes that makes credentials and
// signs with them: security keys over libfido2, and the authenticators that are built
// into computers.
//
// It reads what comes out as a relying party does, by WebAuthn L3 §7.1 and §7.2, with
// nothing of the code under test: CBOR, SHA-256 and crypto/ecdsa.
package conformance

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"latchkey/fido/ceremony"
)

// Authenticator is what is tested. It may also have
//
//	Rollback(ctx context.Context, credentialID []byte) error
type Authenticator interface {
	Probe(ctx context.Context) ceremony.Availability
	Create(ctx context.Context, request ceremony.CreateRequest, prompter ceremony.Prompter) (*ceremony.Created, error)
	Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error)
}

type rollbacker interface {
	Rollback(ctx context.Context, credentialID []byte) error
}

// Subject is a fresh authenticator on which nothing is enrolled, and what the suite has
// to know about it.
type Subject struct {
	Authenticator Authenticator

	Kind       ceremony.Kind
	Attachment string
	Transport  string // one that new credentials have to name

	PIN     string // what the person answers; "" for one that asks for no PIN
	OwnPINs bool   // a PIN is chosen for each credential, and not asked for when it is made
	Touched bool   // the person is told to touch it, in every ceremony

	// OwnDialogue is for one that a system asks the person for in a dialogue of its own:
	// they are told of it also where nothing will come of it.
	OwnDialogue bool

	// AlwaysDiscoverable is for one whose credentials are discoverable even where that
	// is discouraged, as WebAuthn L3 §5.4.6 lets them be.
	AlwaysDiscoverable bool

	// Touch is what the person does who is told to; nil does nothing.
	Touch func()

	// Restart ends the authenticator and returns what the next start of the program
	// finds; nil for one that cannot be restarted.
	Restart func() Authenticator
}

// Run runs the suite. Each test gets a subject of its own from factory.
func Run(t *testing.T, factory func(t *testing.T) Subject) {
	for _, test := range []struct {
		name string
		run  func(*suite)
	}{
		{"Probe", (*suite).probe},
		{"Create", (*suite).create},
		{"CreateWithoutAttestation", (*suite).createWithoutAttestation},
		{"Assert", (*suite).assert},
		{"Discoverable", (*suite).discoverable},
		{"Exclude", (*suite).exclude},
		{"UnknownCredential", (*suite).unknownCredential},
		{"OtherRelyingParty", (*suite).otherRelyingParty},
		{"WrongUser", (*suite).wrongUser},
		{"Algorithms", (*suite).algorithms},
		{"WrongPIN", (*suite).wrongPIN},
		{"GiveUp", (*suite).giveUp},
		{"Cancel", (*suite).cancel},
		{"Timeout", (*suite).timeout},
		{"Counter", (*suite).counter},
		{"Restart", (*suite).restart},
		{"Rollback", (*suite).rollback},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(&suite{t, factory(t)}) })
	}
}

type suite struct {
	*testing.T
	Subject
}

func (s *suite) probe() {
	got := s.Authenticator.Probe(s.Context())
	if got.Kind != s.Kind || got.State != ceremony.StateReady || got.Problem != nil || len(got.Devices) != 1 {
		s.Fatalf("probed %+v", got)
	}
	if device := got.Devices[0]; device.Kind != s.Kind || device.Name == "" {
		s.Errorf("found %+v", device)
	}
}

func (s *suite) create() {
	first := s.enrol(alice)
	second := s.enrol(bob)
	if bytes.Equal(first.id, second.id) || first.public.Equal(second.public) {
		s.Error("two credentials share an ID or a key")
	}
	if first.aaguid == ([16]byte{}) || first.aaguid != second.aaguid {
		s.Errorf("models %x and %x", first.aaguid, second.aaguid)
	}
}

func (s *suite) createWithoutAttestation() {
	s.enrol(alice, func(o *ceremony.CreationOptions) { o.Attestation = "none" })
}

func (s *suite) assert() {
	credential := s.enrol(alice)
	s.signIn(credential)
	s.signIn(credential, func(o *ceremony.RequestOptions) {
		o.AllowCredentials = append(descriptors(bytes.Repeat([]byte{7}, 32)), o.AllowCredentials...)
	})
}

func (s *suite) discoverable() {
	anonymous := func(o *ceremony.RequestOptions) { o.AllowCredentials = nil }
	s.enrol(alice, func(o *ceremony.CreationOptions) { o.AuthenticatorSelection.ResidentKey = "discouraged" })
	if !s.AlwaysDiscoverable {
		_, err := s.try(assertion(anonymous), s.person())
		s.want(err, ceremony.ErrNoCredential)
	}

	credential := s.enrol(bob, func(o *ceremony.CreationOptions) { o.AuthenticatorSelection.ResidentKey = "required" })
	if got := s.signIn(credential, anonymous); !bytes.Equal(got.UserHandle, bob.ID) {
		s.Errorf("user handle %x, want %x", got.UserHandle, bob.ID)
	}
}

func (s *suite) exclude() {
	credential := s.enrol(alice)
	_, err := s.Authenticator.Create(s.Context(), creation(alice, excluding(credential.id)), s.person())
	s.want(err, ceremony.ErrExcluded)
	s.signIn(credential) // which is still there

	s.enrol(bob, excluding(bytes.Repeat([]byte{7}, 32)))
	elsewhere := creation(alice, excluding(credential.id), func(o *ceremony.CreationOptions) { o.RP.ID = otherRPID })
	elsewhere.ClientDataJSON = ceremony.ClientData(ceremony.TypeCreate, elsewhere.Options.Challenge, otherRPID)
	if _, err := s.Authenticator.Create(s.Context(), elsewhere, s.person()); err != nil {
		s.Errorf("a credential of one relying party is excluded at another: %v", err)
	}
}

func (s *suite) unknownCredential() {
	at := s.person()
	_, err := s.try(assertion(allowing(bytes.Repeat([]byte{7}, 32))), at)
	s.want(err, ceremony.ErrNoCredential)
	if s.Attachment == ceremony.AttachmentPlatform { // a security key may hide what it has behind its PIN
		at.expect(s.T, 0, 0, s.inVain())
	}
}

func (s *suite) otherRelyingParty() {
	credential := s.enrol(alice)
	_, err := s.try(assertion(allowing(credential.id), func(o *ceremony.RequestOptions) { o.RPID = otherRPID }), s.person())
	s.want(err, ceremony.ErrNoCredential)
}

// wrongUser holds that who is asked for as bob never signs as alice.
func (s *suite) wrongUser() {
	ofAlice, ofBob := s.enrol(alice), s.enrol(bob)
	s.signIn(ofAlice)
	s.signIn(ofBob)
	if r, ok := s.Authenticator.(rollbacker); ok {
		if err := r.Rollback(s.Context(), ofBob.id); err != nil {
			s.Fatal(err)
		}
		_, err := s.try(assertion(allowing(ofBob.id)), s.person())
		s.want(err, ceremony.ErrNoCredential)
	}
}

func (s *suite) algorithms() {
	only := func(algorithms ...int) func(*ceremony.CreationOptions) {
		return func(o *ceremony.CreationOptions) {
			o.PubKeyCredParams = nil
			for _, algorithm := range algorithms {
				o.PubKeyCredParams = append(o.PubKeyCredParams,
					ceremony.CredentialParameter{Type: ceremony.CredentialTypePublicKey, Alg: algorithm})
			}
		}
	}
	const unknown = -65000
	at := s.person()
	_, err := s.Authenticator.Create(s.Context(), creation(alice, only(unknown)), at)
	s.want(err, ceremony.ErrUnsupported)
	at.expect(s.T, 0, 0, s.inVain())
	s.enrol(bob, only(unknown, ceremony.AlgES256))
}

func (s *suite) wrongPIN() {
	credential := s.enrol(alice)
	if s.PIN == "" {
		return
	}
	at := s.person("not it", s.PIN)
	asserted, err := s.try(assertion(allowing(credential.id)), at)
	if err != nil {
		s.Fatal(err)
	}
	s.check(credential, asserted)
	if first, second := at.asked[0], at.asked[1]; first.Wrong || !second.Wrong || first.Retries >= 0 && second.Retries != first.Retries-1 {
		s.Errorf("asked %+v, then %+v", first, second)
	}
}

// giveUp holds that a person who gives up changes nothing.
func (s *suite) giveUp() {
	if s.PIN == "" {
		s.signIn(s.enrol(alice))
		return
	}
	if _, err := s.Authenticator.Create(s.Context(), creation(alice), &person{}); !errors.Is(err, ceremony.ErrCanceled) {
		s.Errorf("create: %v", err)
	}
	credential := s.enrol(alice)
	if _, err := s.try(assertion(allowing(credential.id)), &person{}); !errors.Is(err, ceremony.ErrCanceled) {
		s.Errorf("assert: %v", err)
	}
	s.signIn(credential)
}

func (s *suite) cancel() {
	credential := s.enrol(alice)
	ended, end := context.WithCancel(s.Context())
	end()
	if _, err := s.Authenticator.Create(ended, creation(bob), s.person()); !errors.Is(err, context.Canceled) {
		s.Errorf("create before it began: %v", err)
	}
	if _, err := s.Authenticator.Assert(ended, assertion(allowing(credential.id)), s.person()); !errors.Is(err, context.Canceled) {
		s.Errorf("assert before it began: %v", err)
	}
	for name, run := range map[string]func(context.Context, ceremony.Prompter) error{
		"create": func(ctx context.Context, p ceremony.Prompter) error {
			_, err := s.Authenticator.Create(ctx, creation(bob), p)
			return err
		},
		"assert": func(ctx context.Context, p ceremony.Prompter) error {
			_, err := s.Authenticator.Assert(ctx, assertion(allowing(credential.id)), p)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(s.Context())
		if err := run(ctx, &waiting{onAsked: cancel}); !errors.Is(err, context.Canceled) {
			s.Errorf("%s while the person is asked: %v", name, err)
		}
		cancel()
	}
	s.signIn(credential)
}

func (s *suite) timeout() {
	credential := s.enrol(alice)
	_, err := s.Authenticator.Create(s.Context(), creation(bob, func(o *ceremony.CreationOptions) { o.Timeout = brief }), &waiting{})
	s.want(err, ceremony.ErrTimeout)
	_, err = s.try(assertion(allowing(credential.id), func(o *ceremony.RequestOptions) { o.Timeout = brief }), &waiting{})
	s.want(err, ceremony.ErrTimeout)
	s.signIn(credential)
}

// counter holds that each signature has a larger counter than the last, WebAuthn L3
// §6.1.1.
func (s *suite) counter() {
	credential := s.enrol(alice)
	for range 3 {
		s.signIn(credential) // looks at it
	}
}

func (s *suite) restart() {
	credential := s.enrol(alice)
	s.signIn(credential)
	if s.Restart != nil {
		s.Authenticator = s.Restart()
	}
	s.signIn(credential)
	_, err := s.Authenticator.Create(s.Context(), creation(alice, excluding(credential.id)), s.person())
	s.want(err, ceremony.ErrExcluded)
}

func (s *suite) rollback() {
	kept, orphan := s.enrol(alice), s.enrol(bob)
	r, ok := s.Authenticator.(rollbacker)
	if !ok {
		s.signIn(kept)
		return
	}
	for range 2 { // the second time there is nothing left to do
		if err := r.Rollback(s.Context(), orphan.id); err != nil {
			s.Fatal(err)
		}
	}
	_, err := s.try(assertion(allowing(orphan.id)), s.person())
	s.want(err, ceremony.ErrNoCredential)
	s.signIn(kept)
	s.enrol(bob, excluding(slices.Clone(orphan.id)))
}
