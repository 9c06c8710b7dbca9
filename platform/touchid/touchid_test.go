package touchid

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/platform/conformance"
	"latchkey/platform/records"
)

// person does what onTouch says when told to touch, and is asked for no PIN.
type person struct{ onTouch func() }

func (p *person) PIN(context.Context, ceremony.PINQuestion) (string, error) {
	return "", errors.New("asked for a PIN")
}

func (p *person) NewPIN(context.Context, ceremony.NewPINQuestion) (string, error) {
	return "", errors.New("asked for a new PIN")
}

func (p *person) Touch(context.Context, ceremony.TouchNotice) func() {
	if p.onTouch != nil {
		p.onTouch()
	}
	return func() {}
}

// TestConformance runs what runs on a Mac, with nothing exchanged but the calls of macOS.
func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		m, path := newMac(), filepath.Join(t.TempDir(), "touchid.json")
		t.Cleanup(func() { m.leaves(t, recorded(t, path)) })
		return conformance.Subject{
			Authenticator: on(m, path), Kind: ceremony.KindTouchID,
			Attachment: ceremony.AttachmentPlatform, Transport: ceremony.TransportInternal,
			Touched: true, Touch: m.touch,
			Restart: func() conformance.Authenticator { return on(m, path) },
		}
	})
}

func recorded(t *testing.T, path string) int {
	t.Helper()
	all, err := records.New(path).All()
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestItIsNamedAsPeopleKnowIt(t *testing.T) {
	a, _ := fresh(t)
	got := a.Probe(t.Context())
	if len(got.Devices) != 1 || got.Devices[0].Name != "Touch ID on falcon" || got.Devices[0].AAGUID != AAGUID || got.Devices[0].Kind != ceremony.KindTouchID {
		t.Errorf("found %+v", got)
	}
}

func TestTheDialogueSaysWhatFor(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	m.touch()
	if _, err := a.Assert(t.Context(), assertion(id), new(person)); err != nil {
		t.Fatal(err)
	}
	want := []string{"set up sign-in to portal.example.com", "sign in to portal.example.com"}
	if got := get(m, func(m *mac) []string { return m.reasons }); !slices.Equal(got, want) {
		t.Errorf("asked to %q, want %q", got, want)
	}
}

func TestRollbackRemovesTheKey(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	m.leaves(t, 1)
	for range 2 {
		if err := a.Rollback(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	m.leaves(t, 0)
}

func TestRollbackOfAKeyThatIsGoneSucceeds(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	m.set(func(m *mac) { clear(m.keys) })
	if err := a.Rollback(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestRollbackSaysWhenItFails(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	m.set(func(m *mac) { m.noRemove = secError(errSecInteractionNotAllowed) })
	expect(t, a.Rollback(t.Context(), id), ceremony.ErrNoAccess)
}

func TestFailedCreationLeavesNoKey(t *testing.T) {
	for name, test := range map[string]struct {
		breakIt func(*mac)
		finger  error
		want    *ceremony.Error
	}{
		"wrong finger":      {func(*mac) {}, laError(laErrorAuthenticationFailed), ceremony.ErrDenied},
		"person gives up":   {func(*mac) {}, laError(laErrorUserCancel), ceremony.ErrCanceled},
		"no dialogue":       {func(m *mac) { m.noDialogue = laError(laErrorNotInteractive) }, nil, ceremony.ErrNoAccess},
		"no key":            {func(m *mac) { m.noGenerate = secError(errSecParam) }, nil, ceremony.ErrDevice},
		"not on the curve":  {func(m *mac) { m.badPoint = true }, nil, ceremony.ErrDevice},
		"unheard of":        {func(*mac) {}, errors.New("input/output error"), ceremony.ErrDevice},
		"locked out before": {func(m *mac) { m.noFinger = laError(laErrorBiometryLockout) }, nil, ceremony.ErrUVBlocked},
	} {
		t.Run(name, func(t *testing.T) {
			a, m := fresh(t)
			m.set(test.breakIt)
			m.finger <- test.finger
			_, err := a.Create(t.Context(), creation(), new(person))
			expect(t, err, test.want)
			m.leaves(t, 0)
		})
	}
}

// TestAKeyThatCannotBeRemovedIsToldOf holds that an orphan is not kept quiet about.
func TestAKeyThatCannotBeRemovedIsToldOf(t *testing.T) {
	a, m := fresh(t)
	m.set(func(m *mac) { m.badPoint, m.noRemove = true, secError(errSecNotAvailable) })
	_, err := a.Create(t.Context(), creation(), new(person))
	expect(t, err, ceremony.ErrDevice)
	if !isInText(err, "remove the key") || !isInText(err, "errSecNotAvailable") {
		t.Errorf("ended with %v", err)
	}
}

func isInText(err error, part string) bool { return strings.Contains(err.Error(), part) }

// TestOtherFingersEndTheCredential plays both ways in which macOS says that the enrolled
// fingers are not those of before: the key is gone, or the Enclave refuses it.
func TestOtherFingersEndTheCredential(t *testing.T) {
	for name, change := range map[string]func(*mac){
		"gone": func(m *mac) { clear(m.keys) },
		"refused": func(m *mac) {
			for name := range m.keys {
				m.ended[name] = true
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, m := fresh(t)
			id := enrol(t, a, m)
			m.set(change)
			m.touch()
			_, err := a.Assert(t.Context(), assertion(id), new(person))
			fix := expect(t, err, ceremony.ErrNoCredential)
			if !strings.Contains(fix, "Fingers were added or removed") || !strings.Contains(fix, "delete this one from your keys and enrol this computer again") {
				t.Errorf("the person is told: %s", fix)
			}
		})
	}
}

// TestLockedKeychainHasItsKeys holds that a key that cannot be looked at without a finger
// counts as there.
func TestLockedKeychainHasItsKeys(t *testing.T) {
	a, m := fresh(t)
	id := enrol(t, a, m)
	m.set(func(m *mac) { m.noFind = secError(errSecInteractionNotAllowed) })
	_, err := a.Create(t.Context(), func() ceremony.CreateRequest {
		request := creation()
		request.Options.ExcludeCredentials = []ceremony.CredentialDescriptor{{Type: ceremony.CredentialTypePublicKey, ID: id}}
		return request
	}(), new(person))
	expect(t, err, ceremony.ErrExcluded)
}

// TestRecordsPointAtOwnKeysOnly plays a record that was changed to name another key.
func TestRecordsPointAtOwnKeysOnly(t *testing.T) {
	m := newMac()
	c := newChip("Touch ID on falcon", func() (system, error) { return m, nil })
	m.keys[keyName{group, "of somebody else"}] = nil
	for what, use := range map[string]func([]byte) error{
		"check": func(key []byte) error { return c.Check(t.Context(), key) },
		"sign":  func(key []byte) error { _, err := c.Sign(t.Context(), key, [32]byte{}, ""); return err },
	} {
		if err := use([]byte("of somebody else")); !errors.Is(err, ceremony.ErrNoCredential) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(m.reasons) != 0 {
		t.Errorf("asked to %q", m.reasons)
	}
}
