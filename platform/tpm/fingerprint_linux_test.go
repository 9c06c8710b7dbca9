package tpm_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/platform/conformance"
	"latchkey/platform/fprintd"
	"latchkey/platform/fprintd/fprintdtest"
	"latchkey/platform/records"
	"latchkey/platform/tpm"
	"latchkey/platform/tpm/swtpmtest"
	"latchkey/verifier"
)

const rightFinger, wrongFinger = "index finger of alice", "thumb of mallory"

// laptop is a computer with a TPM, a keyring and a reader.
type laptop struct {
	chip    *swtpmtest.TPM
	finger  *finger
	keyring *keyring
	options tpm.FingerprintOptions
}

func newLaptop(t *testing.T) *laptop {
	t.Helper()
	l := &laptop{chip: swtpmtest.Start(t), finger: newFinger(), keyring: newKeyring()}
	l.options = tpm.FingerprintOptions{
		Options: tpm.Options{Device: tpm.NewDevice(l.chip.Path()), Records: filepath.Join(t.TempDir(), "fingerprint.json"), Hostname: "falcon"},
		Finger:  l.finger, Secrets: l.keyring,
	}
	return l
}

// withReader gives the laptop the reader of a real fprintd, on which the right finger
// is enrolled.
func (l *laptop) withReader(t *testing.T) *fprintdtest.System {
	t.Helper()
	system := fprintdtest.Start(t)
	system.Enrol(rightFinger)
	l.options.Finger = fprintd.New(system.Address())
	return system
}

// pressing is a person who presses the reader of fprintd with one finger after another,
// as soon as told to.
func pressing(system *fprintdtest.System, fingers ...string) *person {
	at := new(person)
	at.onTouch = func() {
		if len(at.touches) > 1 {
			return
		}
		var events []fprintdtest.Event
		for _, finger := range fingers {
			events = append(events, fprintdtest.Press(finger))
		}
		system.Next(events...)
	}
	return at
}

func TestFingerprintConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		l := newLaptop(t)
		return conformance.Subject{
			Authenticator: tpm.NewFingerprint(l.options), Kind: ceremony.KindFingerprint,
			Attachment: ceremony.AttachmentPlatform, Transport: ceremony.TransportInternal,
			Touched: true, Touch: l.finger.press,
			Restart: func() conformance.Authenticator {
				l.chip.Restart()
				return tpm.NewFingerprint(l.options)
			},
		}
	})
}

func TestFingerprintEnrolAndSignIn(t *testing.T) {
	l, p := newLaptop(t), newPortal(t)
	system := l.withReader(t)
	credential := p.enrol(tpm.NewFingerprint(l.options), pressing(system, rightFinger))
	if credential.Kind != verifier.DeviceAuthenticator || credential.AAGUID != tpm.VirtualFingerprintAAGUID || !credential.Virtual ||
		credential.Name != "Fingerprint reader on falcon" {
		t.Errorf("enrolled %+v", credential)
	}
	for range 2 {
		l.chip.Restart() // what disk, keyring and chip have is enough
		at := pressing(system, rightFinger)
		if _, err := p.signIn(tpm.NewFingerprint(l.options), at); err != nil {
			t.Fatal(err)
		}
		if len(at.touches) != 1 || len(at.asked) != 0 {
			t.Errorf("told to touch %d times, asked for %d PINs", len(at.touches), len(at.asked))
		}
	}
}

func TestOrganizationDecidesWhetherAFingerCounts(t *testing.T) {
	l, p := newLaptop(t), newPortalOf(t, verifier.NewOrganization{VirtualKeysAllowed: true})
	a := tpm.NewFingerprint(l.options)
	created, _, err := p.register(a, l.finger.willing())
	if !errors.Is(err, verifier.ErrFingerprint) {
		t.Fatalf("ended with %v", err)
	}
	if err := a.Rollback(t.Context(), created.CredentialID); err != nil {
		t.Fatal(err)
	}
	wantNothingKept(t, l)
	// The PIN of the same chip counts.
	p.enrol(tpm.New(tpm.Options{Device: tpm.NewDevice(l.chip.Path()), Records: filepath.Join(t.TempDir(), "tpm.json")}), &person{pin: rightPIN})
}

func TestFingersThatDoNotMatchCostTheChipNoTry(t *testing.T) {
	l, p := newLaptop(t), newPortal(t)
	system := l.withReader(t)
	p.enrol(tpm.NewFingerprint(l.options), pressing(system, rightFinger))
	for range tries {
		at := pressing(system, wrongFinger, wrongFinger, wrongFinger)
		_, err := p.signIn(tpm.NewFingerprint(l.options), at)
		var failed *ceremony.Error
		if !errors.As(err, &failed) || failed.Code != ceremony.CodeUVBlocked || !strings.Contains(failed.Fix, "dry your finger") {
			t.Fatalf("ended with %v", err)
		}
		for i, notice := range at.touches {
			if refused := strings.Contains(notice.Refused, "not recognised"); refused != (i > 0) {
				t.Errorf("notice %d: %+v", i, notice)
			}
		}
		if len(at.touches) != fprintd.MaxTries {
			t.Errorf("told to touch %d times", len(at.touches))
		}
	}
	wantUnlocked(t, l)
	if _, err := p.signIn(tpm.NewFingerprint(l.options), pressing(system, wrongFinger, rightFinger)); err != nil {
		t.Errorf("the right finger after a wrong one: %v", err)
	}
}

// wantUnlocked checks that the TPM takes wrong PINs, as many as a new one.
func wantUnlocked(t *testing.T, l *laptop) {
	t.Helper()
	options := tpm.Options{Device: tpm.NewDevice(l.chip.Path()), Records: filepath.Join(t.TempDir(), "tpm.json")}
	p := newPortal(t)
	p.enrol(tpm.New(options), &person{pin: rightPIN})
	at := &person{pin: "wrong"}
	if _, err := p.signIn(tpm.New(options), at); !errors.Is(err, ceremony.ErrPINAuthBlocked) || len(at.asked) != tries {
		t.Errorf("after %d wrong PINs: %v", len(at.asked), err)
	}
}

func TestFingerprintWorksWhileThePINIsLocked(t *testing.T) {
	l, p := newLaptop(t), newPortal(t)
	p.enrol(tpm.NewFingerprint(l.options), l.finger.willing())
	wantUnlocked(t, l) // and locks it
	if _, err := p.signIn(tpm.NewFingerprint(l.options), l.finger.willing()); err != nil {
		t.Error(err)
	}
	newPortal(t).enrol(tpm.NewFingerprint(l.options), l.finger.willing())
}

func TestRefusedFingerLeavesNothingBehind(t *testing.T) {
	l := newLaptop(t)
	system := l.withReader(t)
	_, err := tpm.NewFingerprint(l.options).Create(t.Context(), creation(), pressing(system, wrongFinger, wrongFinger, wrongFinger))
	if !errors.Is(err, ceremony.ErrUVBlocked) {
		t.Fatalf("ended with %v", err)
	}
	wantNothingKept(t, l)
}

func wantNothingKept(t *testing.T, l *laptop) {
	t.Helper()
	all, err := records.New(l.options.Records).All()
	if err != nil || len(all) != 0 || l.keyring.len() != 0 {
		t.Errorf("%d records and %d secrets are kept, %v", len(all), l.keyring.len(), err)
	}
}

func TestRollbackForgetsTheSecret(t *testing.T) {
	l := newLaptop(t)
	a := tpm.NewFingerprint(l.options)
	created, err := a.Create(t.Context(), creation(), l.finger.willing())
	if err != nil || l.keyring.len() != 1 {
		t.Fatalf("%d secrets, %v", l.keyring.len(), err)
	}
	if err := a.Rollback(t.Context(), created.CredentialID); err != nil {
		t.Fatal(err)
	}
	wantNothingKept(t, l)
}

// TestKeyringHasLostTheSecret holds for one that was made anew, and for one that has
// something else in its place.
func TestKeyringHasLostTheSecret(t *testing.T) {
	for name, secret := range map[string][]byte{"gone": nil, "another": make([]byte, 32), "empty": {}} {
		t.Run(name, func(t *testing.T) {
			l, p := newLaptop(t), newPortal(t)
			p.enrol(tpm.NewFingerprint(l.options), l.finger.willing())
			l.keyring.change(secret)
			for range tries + 1 {
				_, err := p.signIn(tpm.NewFingerprint(l.options), l.finger.willing())
				var failed *ceremony.Error
				if !errors.As(err, &failed) || failed.Code != ceremony.CodeNoCredential || !strings.Contains(failed.Fix, "enrol the fingerprint again") {
					t.Fatalf("ended with %v", err)
				}
			}
			if asked := l.finger.timesAsked(); secret == nil && asked != 1 {
				t.Errorf("a finger was awaited %d times", asked)
			}
			wantUnlocked(t, l)
		})
	}
}

func TestKeyringThatCannotBeUsed(t *testing.T) {
	for name, problem := range map[string]error{"unknown": errors.New("no Secret Service"), "known": errLocked} {
		t.Run(name, func(t *testing.T) {
			l, p := newLaptop(t), newPortal(t)
			a := tpm.NewFingerprint(l.options)
			p.enrol(a, l.finger.willing())
			asked := l.finger.timesAsked()
			l.keyring.fail(problem)

			got := a.Probe(t.Context())
			var failed *ceremony.Error
			if got.State != ceremony.StateNoAccess || !errors.Is(got.Problem, problem) || !errors.As(got.Problem, &failed) || !strings.Contains(failed.Fix, "Unlock") {
				t.Errorf("probed %+v", got)
			}
			if _, err := p.signIn(a, l.finger.willing()); !errors.Is(err, ceremony.ErrNoAccess) {
				t.Errorf("ended with %v", err)
			}
			if _, err := a.Create(t.Context(), creation(), l.finger.willing()); !errors.Is(err, ceremony.ErrNoAccess) {
				t.Errorf("ended with %v", err)
			}
			if l.finger.timesAsked() != asked {
				t.Error("a finger was awaited in vain")
			}
			l.keyring.fail(nil)
			if _, err := p.signIn(a, l.finger.willing()); err != nil {
				t.Errorf("mended, it ended with %v", err)
			}
		})
	}
}

func TestFingerprintProbe(t *testing.T) {
	for name, test := range map[string]struct {
		start func(testing.TB) *fprintdtest.System
		state ceremony.State
		fix   string
	}{
		"no fprintd": {fprintdtest.StartWithoutDaemon, ceremony.StateAbsent, "Install fprintd"},
		"no reader":  {fprintdtest.StartWithoutReader, ceremony.StateAbsent, "libfprint supports it"},
		"no finger":  {fprintdtest.Start, ceremony.StateNotSetUp, "fprintd-enroll"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLaptop(t)
			l.options.Finger = fprintd.New(test.start(t).Address())
			a := tpm.NewFingerprint(l.options)
			got := a.Probe(t.Context())
			var failed *ceremony.Error
			if got.Kind != ceremony.KindFingerprint || got.State != test.state || !errors.As(got.Problem, &failed) || !strings.Contains(failed.Fix, test.fix) {
				t.Errorf("probed %+v", got)
			}
			if _, err := a.Create(t.Context(), creation(), new(person)); !errors.Is(err, got.Problem) {
				t.Errorf("ended with %v", err)
			}
		})
	}
	t.Run("polkit forbids", func(t *testing.T) {
		l := newLaptop(t)
		l.withReader(t).Permit(false)
		if got := tpm.NewFingerprint(l.options).Probe(t.Context()); got.State != ceremony.StateNoAccess {
			t.Errorf("probed %+v", got)
		}
	})
	t.Run("no TPM, and no reader either", func(t *testing.T) {
		l := newLaptop(t)
		l.chip.Stop()
		l.finger.fail(ceremony.ErrNotSetUp)
		if got := tpm.NewFingerprint(l.options).Probe(t.Context()); got.State != ceremony.StateAbsent {
			t.Errorf("probed %+v", got)
		}
	})
}

func TestCancelWhileAFingerIsAwaited(t *testing.T) {
	l, p := newLaptop(t), newPortal(t)
	system := l.withReader(t)
	p.enrol(tpm.NewFingerprint(l.options), pressing(system, rightFinger))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	at := &person{onTouch: func() {
		system.Next(fprintdtest.Nobody)
		begun := system.Verifying()
		go func() {
			<-begun
			cancel()
		}()
	}}
	answer := p.begin(verifier.NextAssert)
	_, err := tpm.NewFingerprint(l.options).Assert(ctx, ceremony.AssertRequest{
		Options: *answer.Request, ClientDataJSON: ceremony.ClientData(ceremony.TypeGet, answer.Request.Challenge, answer.Request.RPID),
	}, at)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if _, err := p.signIn(tpm.NewFingerprint(l.options), pressing(system, rightFinger)); err != nil {
		t.Errorf("the reader is not free again: %v", err)
	}
}

// creation asks for a credential as a relying party does.
func creation() ceremony.CreateRequest {
	return ceremony.CreateRequest{Options: ceremony.CreationOptions{
		RP: ceremony.RelyingParty{ID: "portal.example.com"}, User: ceremony.User{ID: []byte("alice")},
		PubKeyCredParams: []ceremony.CredentialParameter{{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256}},
		Attestation:      "direct",
	}}
}
