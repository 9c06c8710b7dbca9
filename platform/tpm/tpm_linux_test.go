package tpm_test

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/platform/authenticator"
	"latchkey/platform/conformance"
	"latchkey/platform/records"
	"latchkey/platform/tpm"
	"latchkey/platform/tpm/swtpmtest"
	"latchkey/verifier"
	"latchkey/verifier/memstore"
)

const (
	rightPIN = "correct horse"
	password = "correct horse battery staple"

	tries = 3 // wrong PINs that a new swtpm takes
)

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		chip := swtpmtest.Start(t)
		options := tpm.Options{Device: tpm.NewDevice(chip.Path()), Records: filepath.Join(t.TempDir(), "tpm.json"), Hostname: "falcon"}
		return conformance.Subject{
			Authenticator: tpm.New(options), Kind: ceremony.KindTPM,
			Attachment: ceremony.AttachmentPlatform, Transport: ceremony.TransportInternal,
			PIN: rightPIN, OwnPINs: true,
			Restart: func() conformance.Authenticator {
				chip.Restart()
				return tpm.New(options)
			},
		}
	})
}

// person answers every question with the PIN and keeps what was asked.
type person struct {
	pin     string
	asked   []ceremony.PINQuestion
	onTouch func() // what is done when told to touch, nil for nothing
	touches []ceremony.TouchNotice
}

func (p *person) PIN(_ context.Context, question ceremony.PINQuestion) (string, error) {
	p.asked = append(p.asked, question)
	return p.pin, nil
}

func (p *person) NewPIN(context.Context, ceremony.NewPINQuestion) (string, error) { return p.pin, nil }

func (p *person) Touch(_ context.Context, notice ceremony.TouchNotice) func() {
	p.touches = append(p.touches, notice)
	if p.onTouch != nil {
		p.onTouch()
	}
	return func() {}
}

// portal is the relying party with one account, alice.
type portal struct {
	*testing.T
	*verifier.Verifier
	now time.Time
}

// newPortal is one that takes every authenticator of this package.
func newPortal(t *testing.T) *portal {
	t.Helper()
	return newPortalOf(t, verifier.NewOrganization{VirtualKeysAllowed: true, FingerprintAllowed: true})
}

// newPortalOf is one of an organisation with the policy that is given.
func newPortalOf(t *testing.T, organization verifier.NewOrganization) *portal {
	t.Helper()
	p := &portal{T: t, now: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)}
	made, err := verifier.New(memstore.New(), verifier.Options{
		Clock: func() time.Time { return p.now }, Password: verifier.PasswordParams{Passes: 1, MemoryKiB: 8, Lanes: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Verifier = made
	organization.Name, organization.RPID = "Example", "portal.example.com"
	organization.Administrator = verifier.NewAccount{Username: "alice", Password: password}
	if _, _, err = made.CreateOrganization(t.Context(), organization); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *portal) begin(next verifier.Next) verifier.SignIn {
	p.Helper()
	answer, err := p.BeginSignIn(p.Context(), "alice", password)
	if err != nil || answer.Next != next {
		p.Fatalf("next is %q, want %q: %v", answer.Next, next, err)
	}
	return answer
}

// enrol makes and registers a credential.
func (p *portal) enrol(a *authenticator.Authenticator, at ceremony.Prompter) verifier.Credential {
	p.Helper()
	_, credential, err := p.register(a, at)
	if err != nil {
		p.Fatalf("the relying party refuses the credential: %v", err)
	}
	return credential
}

// register makes a credential and returns what the relying party says to it.
func (p *portal) register(a *authenticator.Authenticator, at ceremony.Prompter) (*ceremony.Created, verifier.Credential, error) {
	p.Helper()
	grant := p.begin(verifier.NextEnroll).Grant
	registration, err := p.BeginRegistration(p.Context(), grant, verifier.DeviceAuthenticator)
	if err != nil {
		p.Fatal(err)
	}
	options := registration.Options
	clientData := ceremony.ClientData(ceremony.TypeCreate, options.Challenge, options.RP.ID)
	created, err := a.Create(p.Context(), ceremony.CreateRequest{Options: options, ClientDataJSON: clientData}, at)
	if err != nil {
		p.Fatal(err)
	}
	credential, err := p.FinishRegistration(p.Context(), grant, registration.CeremonyID, created.Response(clientData), verifier.Label{Name: created.Device.Name})
	return created, credential, err
}

// signIn goes as far as the authenticator does, and then all the way.
func (p *portal) signIn(a *authenticator.Authenticator, at ceremony.Prompter) (verifier.IssuedSession, error) {
	p.Helper()
	answer := p.begin(verifier.NextAssert)
	clientData := ceremony.ClientData(ceremony.TypeGet, answer.Request.Challenge, answer.Request.RPID)
	asserted, err := a.Assert(p.Context(), ceremony.AssertRequest{Options: *answer.Request, ClientDataJSON: clientData}, at)
	if err != nil {
		return verifier.IssuedSession{}, err
	}
	issued, err := p.FinishSignIn(p.Context(), answer.CeremonyID, asserted.Response(clientData))
	if err != nil {
		p.Fatalf("the relying party refuses the assertion: %v", err)
	}
	return issued, nil
}

func TestEnrolAndSignIn(t *testing.T) {
	chip, p, at := swtpmtest.Start(t), newPortal(t), &person{pin: rightPIN}
	options := tpm.Options{Device: tpm.NewDevice(chip.Path()), Records: filepath.Join(t.TempDir(), "tpm.json"), Hostname: "falcon"}
	credential := p.enrol(tpm.New(options), at)
	if credential.Kind != verifier.DeviceAuthenticator || credential.AAGUID != tpm.VirtualAAGUID || !credential.Virtual ||
		credential.Name != "Security chip on falcon" {
		t.Errorf("enrolled %+v", credential)
	}
	for range 2 {
		issued, err := p.signIn(tpm.New(options), at)
		if err != nil {
			t.Fatal(err)
		}
		if amr := strings.Join(issued.Session.AMR, " "); !strings.Contains(amr, "swk") || !strings.Contains(amr, "user") {
			t.Errorf("amr %q", amr)
		}
		chip.Restart() // what the disk and the chip have is enough
	}
}

func TestSoftwareTPMIsForTheOrganizationToAllow(t *testing.T) {
	p := newPortalOf(t, verifier.NewOrganization{FingerprintAllowed: true})
	l := newLaptop(t)
	behindPIN := tpm.New(tpm.Options{Device: l.options.Device, Records: filepath.Join(t.TempDir(), "tpm.json")})
	for name, register := range map[string]func() error{
		"PIN":    func() error { _, _, err := p.register(behindPIN, &person{pin: rightPIN}); return err },
		"finger": func() error { _, _, err := p.register(tpm.NewFingerprint(l.options), l.finger.willing()); return err },
	} {
		if err := register(); !errors.Is(err, verifier.ErrVirtualKey) {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
}

// TestBothAtOnce has a TPM with room for three objects serve two authenticators.
func TestBothAtOnce(t *testing.T) {
	l := newLaptop(t)
	behindPIN := tpm.New(tpm.Options{Device: l.options.Device, Records: filepath.Join(t.TempDir(), "tpm.json")})
	behindFinger := tpm.NewFingerprint(l.options)
	const each = 20
	var all sync.WaitGroup
	for range each {
		all.Go(func() {
			if _, err := behindPIN.Create(t.Context(), creation(), &person{pin: rightPIN}); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := behindFinger.Create(t.Context(), creation(), l.finger.willing()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestWrongPINsLockTheChipUntilTimeHealsIt(t *testing.T) {
	chip, p := swtpmtest.Start(t), newPortal(t)
	options := tpm.Options{Device: tpm.NewDevice(chip.Path()), Records: filepath.Join(t.TempDir(), "tpm.json")}
	p.enrol(tpm.New(options), &person{pin: rightPIN})

	locked := func(at *person, questions int) *ceremony.Error {
		t.Helper()
		_, err := p.signIn(tpm.New(options), at)
		var failed *ceremony.Error
		if !errors.As(err, &failed) || failed.Code != ceremony.CodePINAuthBlocked || len(at.asked) != questions {
			t.Fatalf("ended with %v after %d questions", err, len(at.asked))
		}
		if failed.Wait <= 0 || !strings.Contains(failed.Fix, "try again in") {
			t.Errorf("wait %v: %s", failed.Wait, failed.Fix)
		}
		return failed
	}
	at := &person{pin: "wrong"}
	locked(at, tries)
	for i, question := range at.asked {
		if question.Retries != tries-i || question.Wrong != (i > 0) {
			t.Errorf("question %d: %+v", i, question)
		}
	}
	locked(&person{pin: rightPIN}, 0) // the right one does not help
	chip.Restart()
	locked(&person{pin: rightPIN}, 0) // nor does switching off and on

	// One second heals a wrong PIN from now on.
	out, err := exec.CommandContext(t.Context(), "tpm2_dictionarylockout", "--tcti", "swtpm:path="+chip.Path(),
		"--setup-parameters", "--max-tries=3", "--recovery-time=1", "--lockout-recovery-time=1").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	deadline, again := time.After(20*time.Second), time.NewTicker(50*time.Millisecond)
	defer again.Stop()
	for {
		_, err := p.signIn(tpm.New(options), &person{pin: rightPIN})
		if err == nil {
			break
		}
		if !errors.Is(err, ceremony.ErrPINAuthBlocked) {
			t.Fatal(err)
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatal("time has not healed it")
		}
	}
}

func TestCredentialsCopiedToAnotherChipAreRefused(t *testing.T) {
	p, path := newPortal(t), filepath.Join(t.TempDir(), "tpm.json")
	p.enrol(tpm.New(tpm.Options{Device: tpm.NewDevice(swtpmtest.Start(t).Path()), Records: path}), &person{pin: rightPIN})

	at := &person{pin: rightPIN}
	_, err := p.signIn(tpm.New(tpm.Options{Device: tpm.NewDevice(swtpmtest.Start(t).Path()), Records: path}), at)
	var failed *ceremony.Error
	if !errors.As(err, &failed) || failed.Code != ceremony.CodeNoCredential || !strings.Contains(failed.Fix, "another computer") {
		t.Errorf("ended with %v", err)
	}
	if len(at.asked) != 0 {
		t.Error("the PIN was asked for in vain")
	}
}

func TestNothingButWrappedKeysIsKept(t *testing.T) {
	chip, p, path := swtpmtest.Start(t), newPortal(t), filepath.Join(t.TempDir(), "tpm.json")
	p.enrol(tpm.New(tpm.Options{Device: tpm.NewDevice(chip.Path()), Records: path}), &person{pin: rightPIN})
	all, err := records.New(path).All()
	if err != nil || len(all) != 1 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	// Spoiled anywhere, the chip refuses it.
	for i := range all[0].Key {
		spoiled := append([]byte(nil), all[0].Key...)
		spoiled[i] ^= 0x40
		other := filepath.Join(t.TempDir(), "tpm.json")
		err := records.New(other).Update(t.Context(), func([]records.Record) ([]records.Record, error) {
			record := all[0]
			record.Key = spoiled
			return []records.Record{record}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.signIn(tpm.New(tpm.Options{Device: tpm.NewDevice(chip.Path()), Records: other}), &person{pin: rightPIN}); !errors.Is(err, ceremony.ErrNoCredential) {
			t.Fatalf("byte %d of %d: %v", i, len(spoiled), err)
		}
	}
}

func TestChipThatIsOwned(t *testing.T) {
	chip := swtpmtest.Start(t)
	out, err := exec.CommandContext(t.Context(), "tpm2_changeauth", "--tcti", "swtpm:path="+chip.Path(), "-c", "owner", "secret").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	a := tpm.New(tpm.Options{Device: tpm.NewDevice(chip.Path()), Records: filepath.Join(t.TempDir(), "tpm.json")})
	_, err = a.Create(t.Context(), ceremony.CreateRequest{Options: ceremony.CreationOptions{
		RP: ceremony.RelyingParty{ID: "localhost"}, User: ceremony.User{ID: []byte("alice")},
		PubKeyCredParams: []ceremony.CredentialParameter{{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256}},
	}}, &person{pin: rightPIN})
	var failed *ceremony.Error
	if !errors.As(err, &failed) || failed.Code != ceremony.CodeUnsupported || !strings.Contains(failed.Fix, "owner password") {
		t.Errorf("ended with %v", err)
	}
}

func TestProbeWithoutAChip(t *testing.T) {
	chip, empty := swtpmtest.Start(t), t.TempDir()
	chip.Stop()
	for name, test := range map[string]struct {
		path  string
		state ceremony.State
	}{
		"nothing there": {filepath.Join(empty, "tpmrm0"), ceremony.StateAbsent},
		"switched off":  {chip.Path(), ceremony.StateAbsent},
		"no device":     {empty, ceremony.StateUnsupported},
	} {
		got := tpm.New(tpm.Options{Device: tpm.NewDevice(test.path), Records: filepath.Join(empty, "tpm.json")}).Probe(t.Context())
		if got.State != test.state || got.Problem == nil || got.Kind != ceremony.KindTPM {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
