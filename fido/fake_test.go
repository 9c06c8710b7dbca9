package fido

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"latchkey/fido/ceremony"
)

// fakeKey stands for keys that the virtual one cannot be: each call of a command takes
// the next answer, and the last one stays.
type fakeKey struct {
	about   info
	retries int
	creates []error

	mu     sync.Mutex
	proofs []proof
	closed bool
}

func (f *fakeKey) discover() ([]ceremony.Device, error) {
	return []ceremony.Device{{Path: "fake"}}, nil
}
func (f *fakeKey) key(string, func()) (key, error) { return f, nil }
func (f *fakeKey) open() error                     { return nil }
func (f *fakeKey) info() (info, error)             { return f.about, nil }

func (f *fakeKey) makeCredential(request credentialRequest) (attestation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.proofs = append(f.proofs, proof{request.verify, request.pin})
	err := f.creates[min(len(f.proofs), len(f.creates))-1]
	if err != nil {
		return attestation{}, err
	}
	data := append(append([]byte{}, hashOfFuzz[:]...), flagUserPresent|flagUserVerified|flagAttested, 0, 0, 0, 1)
	data = append(append(append(data, make([]byte, 16)...), 0, 2), 'i', 'd', 0xa0)
	return attestation{"none", data, []byte{0xa0}, []byte("id")}, nil
}

func (f *fakeKey) getAssertion(assertionRequest) ([]assertion, error) { return nil, nil }
func (f *fakeKey) setPIN(string) error                                { return nil }
func (f *fakeKey) pinRetries() (int, error)                           { return f.retries, nil }
func (f *fakeKey) touchBegin() error                                  { return nil }
func (f *fakeKey) touched(time.Duration) (bool, error)                { return true, nil }
func (f *fakeKey) setTimeout(time.Duration)                           {}
func (f *fakeKey) cancel() bool                                       { return true }
func (f *fakeKey) abort()                                             {}
func (f *fakeKey) close()                                             { f.closed = true }

// silentPerson answers with one PIN.
type silentPerson struct{ asked int }

func (p *silentPerson) PIN(context.Context, ceremony.PINQuestion) (string, error) {
	p.asked++
	return "1234", nil
}

func (p *silentPerson) NewPIN(context.Context, ceremony.NewPINQuestion) (string, error) {
	return "", errors.New("asked for a new PIN")
}

func (p *silentPerson) Touch(context.Context, ceremony.TouchNotice) func() { return func() {} }

func TestProof(t *testing.T) {
	fingerprint := map[string]bool{"uv": true, "clientPin": true}
	withoutPIN := map[string]bool{"uv": true}
	refused := func(number int) error { return failure{operation: "make a credential", number: number} }
	for name, c := range map[string]struct {
		options map[string]bool
		verify  string
		creates []error
		retries int
		want    error
		proofs  []proof
		asked   int
	}{
		"fingerprint":                 {fingerprint, ceremony.VerificationRequired, []error{nil}, 8, nil, []proof{{verify: yes}}, 0},
		"blocked fingerprint":         {fingerprint, ceremony.VerificationRequired, []error{refused(errUVBlocked), nil}, 8, nil, []proof{{verify: yes}, {pin: "1234"}}, 1},
		"wrong finger":                {fingerprint, ceremony.VerificationPreferred, []error{refused(errUVInvalid), nil}, 8, nil, []proof{{verify: yes}, {pin: "1234"}}, 1},
		"blocked fingerprint, no PIN": {withoutPIN, ceremony.VerificationRequired, []error{refused(errUVBlocked)}, 8, ceremony.ErrUVBlocked, []proof{{verify: yes}}, 0},
		"PIN wanted all the same":     {map[string]bool{"clientPin": true}, ceremony.VerificationDiscouraged, []error{refused(errPINRequired), nil}, 8, nil, []proof{{}, {pin: "1234"}}, 1},
		"no tries left":               {map[string]bool{"clientPin": true}, ceremony.VerificationRequired, []error{nil}, 0, ceremony.ErrPINBlocked, nil, 0},
		"cannot verify":               {nil, ceremony.VerificationRequired, []error{nil}, 8, ceremony.ErrUnsupported, nil, 0},
		"lost request":                {nil, ceremony.VerificationDiscouraged, []error{refused(errTransmit), nil}, 8, nil, []proof{{}, {}}, 0},
		"lost twice":                  {nil, ceremony.VerificationDiscouraged, []error{refused(errTransmit)}, 8, ceremony.ErrDevice, []proof{{}, {}}, 0},
		"full":                        {nil, "", []error{refused(0x28)}, 8, ceremony.ErrKeyFull, []proof{{}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &fakeKey{about: info{fido2: true, options: c.options}, creates: c.creates, retries: c.retries}
			k := newKeys(Options{}, fake, machine(nil, nil, "", false, false))
			at := &silentPerson{}
			_, err := k.Create(t.Context(), ceremony.CreateRequest{Options: ceremony.CreationOptions{
				RP:                     ceremony.RelyingParty{ID: rpOfFuzz},
				PubKeyCredParams:       []ceremony.CredentialParameter{{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256}},
				AuthenticatorSelection: ceremony.AuthenticatorSelection{UserVerification: c.verify},
			}}, at)
			if !errors.Is(err, c.want) {
				t.Errorf("ended with %v, want %v", err, c.want)
			}
			if len(fake.proofs) != len(c.proofs) || at.asked != c.asked {
				t.Fatalf("tried %+v and asked for %d PINs", fake.proofs, at.asked)
			}
			for i, want := range c.proofs {
				if fake.proofs[i] != want {
					t.Errorf("tried %+v", fake.proofs)
				}
			}
			if !fake.closed {
				t.Error("the key was not closed")
			}
		})
	}
}

// watchedKey is a key whose closing is seen.
type watchedKey struct {
	*fakeKey
	closing func()
}

func (w watchedKey) key(string, func()) (key, error) { return w, nil }
func (w watchedKey) close()                          { w.closing() }

// Once a key is closed another ceremony may open it and note so: the one before must
// not take that note away.
func TestKeyIsNotInUseOnceItCloses(t *testing.T) {
	fake := &watchedKey{fakeKey: &fakeKey{about: info{fido2: true}}}
	k := newKeys(Options{}, fake, machine(nil, nil, "", false, false))
	closed := false
	fake.closing = func() {
		_, used := k.inUse("fake")
		if closed = true; used {
			t.Error("noted as in use while it closes")
		}
	}
	if _, err := k.Inspect(t.Context(), ""); err != nil || !closed {
		t.Errorf("closed is %v, %v", closed, err)
	}
}
