package authenticator_test

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/platform/authenticator"
	"latchkey/platform/records"
	"latchkey/platform/softchip"
)

// person answers every question with the PIN.
type person struct {
	pin      string
	newPINs  []string
	askedNew []ceremony.NewPINQuestion
	asked    int
}

func (p *person) PIN(context.Context, ceremony.PINQuestion) (string, error) {
	p.asked++
	return p.pin, nil
}

func (p *person) NewPIN(_ context.Context, question ceremony.NewPINQuestion) (string, error) {
	p.askedNew = append(p.askedNew, question)
	if len(p.newPINs) < len(p.askedNew) {
		return p.pin, nil
	}
	return p.newPINs[len(p.askedNew)-1], nil
}

func (p *person) Touch(context.Context, ceremony.TouchNotice) func() { return func() {} }

const rpID = "portal.example.com"

func creation(user string) ceremony.CreateRequest {
	return ceremony.CreateRequest{
		Options: ceremony.CreationOptions{
			RP: ceremony.RelyingParty{ID: rpID, Name: "Portal"}, User: ceremony.User{ID: []byte(user), Name: user},
			PubKeyCredParams:       []ceremony.CredentialParameter{{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgES256}},
			AuthenticatorSelection: ceremony.AuthenticatorSelection{ResidentKey: "required"}, Attestation: "direct",
		},
		ClientDataJSON: ceremony.ClientData(ceremony.TypeCreate, []byte("challenge"), rpID),
	}
}

func assertion(ids ...[]byte) ceremony.AssertRequest {
	request := ceremony.AssertRequest{
		Options:        ceremony.RequestOptions{RPID: rpID},
		ClientDataJSON: ceremony.ClientData(ceremony.TypeGet, []byte("challenge"), rpID),
	}
	for _, id := range ids {
		request.Options.AllowCredentials = append(request.Options.AllowCredentials,
			ceremony.CredentialDescriptor{Type: ceremony.CredentialTypePublicKey, ID: id})
	}
	return request
}

// newSubject is an authenticator that asks for PINs of 6 characters at least.
func newSubject(t *testing.T) (*softchip.Chip, string) {
	t.Helper()
	return softchip.New(), filepath.Join(t.TempDir(), "chip.json")
}

func TestProbeTellsWhatIsMissing(t *testing.T) {
	for state, problem := range map[ceremony.State]*ceremony.Error{
		ceremony.StateAbsent: ceremony.ErrNoDevice, ceremony.StateNotSetUp: ceremony.ErrNotSetUp,
		ceremony.StateNoAccess: ceremony.ErrNoAccess, ceremony.StateUnsupported: ceremony.ErrUnsupported,
	} {
		chip, path := newSubject(t)
		a := over(chip, path, 6)
		if _, err := a.Create(t.Context(), creation("alice"), &person{pin: rightPIN}); err != nil {
			t.Fatal(err)
		}
		chip.Break(problem)
		if got := a.Probe(t.Context()); got.State != state || got.Problem != problem || len(got.Devices) != 0 {
			t.Errorf("%s: %+v", state, got)
		}
		at := &person{pin: rightPIN}
		if _, err := a.Create(t.Context(), creation("alice"), at); !errors.Is(err, problem) || len(at.askedNew) != 0 {
			t.Errorf("create without a chip: %v, asked %d times", err, len(at.askedNew))
		}
		if _, err := a.Assert(t.Context(), assertion(), at); !errors.Is(err, problem) || at.asked != 0 {
			t.Errorf("assert without a chip: %v, asked %d times", err, at.asked)
		}
	}
}

// untouchable is a chip that is not to be touched.
type untouchable struct{ t *testing.T }

func (u untouchable) Probe(context.Context) error {
	u.t.Error("probed")
	return nil
}

func (u untouchable) Generate(context.Context, string) ([]byte, *ecdsa.PublicKey, error) {
	u.t.Error("a key was made")
	return nil, nil, nil
}

func (u untouchable) Check(context.Context, []byte) error {
	u.t.Error("a key was checked")
	return nil
}

func (u untouchable) Sign(context.Context, []byte, [32]byte, string) ([]byte, error) {
	u.t.Error("signed")
	return nil, nil
}

func TestWithoutACredentialTheChipIsLeftAlone(t *testing.T) {
	chip, path := newSubject(t)
	created, err := over(chip, path, 6).Create(t.Context(), creation("alice"), &person{pin: rightPIN})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := assertion(created.CredentialID)
	elsewhere.Options.RPID = "portal.example.org"
	anyElsewhere := assertion()
	anyElsewhere.Options.RPID = "portal.example.org"
	for name, test := range map[string]struct {
		path    string
		request ceremony.AssertRequest
	}{
		"no record at all":         {filepath.Join(t.TempDir(), "chip.json"), assertion()},
		"another credential":       {path, assertion([]byte("an unknown credential"))},
		"another relying party":    {path, elsewhere},
		"none of another's either": {path, anyElsewhere},
	} {
		at := &person{pin: rightPIN}
		_, err := over(untouchable{t}, test.path, 6).Assert(t.Context(), test.request, at)
		if !errors.Is(err, ceremony.ErrNoCredential) || at.asked != 0 {
			t.Errorf("%s: %v, asked %d times", name, err, at.asked)
		}
	}
}

func TestSoftwareIsToldAsSuch(t *testing.T) {
	for _, virtual := range []bool{false, true} {
		chip, path := newSubject(t)
		a := authenticator.New(chip, records.New(path), authenticator.Options{Kind: ceremony.KindTPM, MinPIN: 6, Virtual: virtual})
		created, err := a.Create(t.Context(), creation("alice"), &person{pin: rightPIN})
		if err != nil {
			t.Fatal(err)
		}
		asserted, err := a.Assert(t.Context(), assertion(created.CredentialID), &person{pin: rightPIN})
		if err != nil {
			t.Fatal(err)
		}
		probed := a.Probe(t.Context()).Devices[0]
		if probed.Virtual != virtual || created.Device.Virtual != virtual || asserted.Device.Virtual != virtual {
			t.Errorf("%v is told as %v, %v, %v", virtual, probed.Virtual, created.Device.Virtual, asserted.Device.Virtual)
		}
		if a.Kind() != ceremony.KindTPM {
			t.Errorf("its kind is %s", a.Kind())
		}
	}
}

func TestNewPINObeysTheRules(t *testing.T) {
	chip, path := newSubject(t)
	a := over(chip, path, 6)
	at := &person{newPINs: []string{"12345", strings.Repeat("x", 64), "12345\x00", "1234\xff56", "caf\u0065\u0301s!"}} // e and an accent of its own
	created, err := a.Create(t.Context(), creation("alice"), at)
	if err != nil {
		t.Fatal(err)
	}
	for i, question := range at.askedNew {
		if question.MinLength != 6 || (question.Refused == "") != (i == 0) {
			t.Errorf("question %d: %+v", i, question)
		}
	}
	if len(at.askedNew) != 5 {
		t.Errorf("asked %d times", len(at.askedNew))
	}
	if _, err := a.Assert(t.Context(), assertion(created.CredentialID), &person{pin: "caf\u00e9s!"}); err != nil { // the same, composed
		t.Error(err)
	}
}

func TestWrongPINsBlock(t *testing.T) {
	chip, path := newSubject(t)
	a := over(chip, path, 6)
	created, err := a.Create(t.Context(), creation("alice"), &person{pin: rightPIN})
	if err != nil {
		t.Fatal(err)
	}
	at := &person{pin: "wrong"}
	if _, err := a.Assert(t.Context(), assertion(created.CredentialID), at); !errors.Is(err, ceremony.ErrPINAuthBlocked) || at.asked != softchip.Tries {
		t.Errorf("ended with %v after %d tries", err, at.asked)
	}
	at = &person{pin: rightPIN}
	if _, err := a.Assert(t.Context(), assertion(created.CredentialID), at); !errors.Is(err, ceremony.ErrPINAuthBlocked) || at.asked != 0 {
		t.Errorf("ended with %v, asked %d times", err, at.asked)
	}
	chip.Heal()
	if _, err := a.Assert(t.Context(), assertion(created.CredentialID), at); err != nil {
		t.Error(err)
	}
}

func TestCredentialOfAnotherChip(t *testing.T) {
	chip, path := newSubject(t)
	created, err := over(chip, path, 6).Create(t.Context(), creation("alice"), &person{pin: rightPIN})
	if err != nil {
		t.Fatal(err)
	}
	other, at := over(softchip.New(), path, 6), &person{pin: rightPIN}
	for name, request := range map[string]ceremony.AssertRequest{"named": assertion(created.CredentialID), "found": assertion()} {
		if _, err := other.Assert(t.Context(), request, at); !errors.Is(err, ceremony.ErrNoCredential) || at.asked != 0 {
			t.Errorf("%s: %v, asked %d times", name, err, at.asked)
		}
	}
	again := creation("alice")
	again.Options.ExcludeCredentials = assertion(created.CredentialID).Options.AllowCredentials
	if _, err := other.Create(t.Context(), again, at); err != nil {
		t.Errorf("a credential that is of no use here stands in the way: %v", err)
	}
}

func TestDiscoverableCredentialTakesThePlaceOfTheLast(t *testing.T) {
	chip, path := newSubject(t)
	a, at := over(chip, path, 6), &person{pin: rightPIN}
	for range 2 {
		for _, user := range []string{"alice", "bob"} {
			if _, err := a.Create(t.Context(), creation(user), at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if all, err := records.New(path).All(); err != nil || len(all) != 2 || chip.Forgotten() != 2 {
		t.Errorf("%d credentials, %d keys destroyed, %v", len(all), chip.Forgotten(), err)
	}
	asserted, err := a.Assert(t.Context(), assertion(), at)
	if err != nil || string(asserted.UserHandle) != "bob" {
		t.Errorf("%+v, %v: not the newest", asserted, err)
	}
}

func TestRollbackDestroysTheKey(t *testing.T) {
	chip, path := newSubject(t)
	a := over(chip, path, 6)
	created, err := a.Create(t.Context(), creation("alice"), &person{pin: rightPIN})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Rollback(t.Context(), created.CredentialID); err != nil || chip.Forgotten() != 1 {
		t.Errorf("%v, %d keys destroyed", err, chip.Forgotten())
	}
	if all, err := records.New(path).All(); err != nil || len(all) != 0 {
		t.Errorf("%d records are left, %v", len(all), err)
	}
}

// TestWhoseTimeIsOver keeps the caller's deadline apart from the relying party's.
func TestWhoseTimeIsOver(t *testing.T) {
	chip, path := newSubject(t)
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	_, err := over(chip, path, 6).Create(ctx, creation("alice"), &person{pin: rightPIN})
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ceremony.ErrTimeout) {
		t.Errorf("ended with %v", err)
	}
}

func TestRecordsThatCannotBeKept(t *testing.T) {
	for name, test := range map[string]struct {
		content string
		mode    os.FileMode
		fix     string
	}{
		"damaged":          {"{", 0o600, "damaged"},
		"newer":            {`{"version": 2}`, 0o600, "Install the newer version"},
		"others can read":  {`{"version": 1, "credentials": []}`, 0o644, "chmod 600"},
		"a folder in lieu": {"", os.ModeDir | 0o700, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			chip, path := newSubject(t)
			var err error
			if test.mode.IsDir() {
				err = os.Mkdir(path, 0o700)
			} else {
				err = os.WriteFile(path, []byte(test.content), test.mode)
			}
			if err != nil {
				t.Fatal(err)
			}
			a, at := over(chip, path, 6), &person{pin: rightPIN}
			_, creating := a.Create(t.Context(), creation("alice"), at)
			_, asserting := a.Assert(t.Context(), assertion([]byte("an unknown credential")), at)
			for action, err := range map[string]error{
				"create": creating, "assert": asserting, "rollback": a.Rollback(t.Context(), []byte("an unknown credential")),
			} {
				var failed *ceremony.Error
				if !errors.As(err, &failed) || failed.Code != ceremony.CodeUnsupported ||
					!strings.Contains(failed.Fix, test.fix) || !strings.Contains(failed.Fix, path) {
					t.Errorf("%s: %v", action, err)
				}
			}
			if len(at.askedNew) != 0 || at.asked != 0 {
				t.Error("the person was asked in vain")
			}
		})
	}
}

func TestOptionsThatCannotBeServed(t *testing.T) {
	for name, change := range map[string]func(*ceremony.CreationOptions){
		"relying party": func(o *ceremony.CreationOptions) { o.RP.ID = "192.0.2.1" },
		"no user":       func(o *ceremony.CreationOptions) { o.User.ID = nil },
		"long user":     func(o *ceremony.CreationOptions) { o.User.ID = make([]byte, 65) },
		"algorithm":     func(o *ceremony.CreationOptions) { o.PubKeyCredParams[0].Alg = ceremony.AlgRS256 },
		"attachment": func(o *ceremony.CreationOptions) {
			o.AuthenticatorSelection.AuthenticatorAttachment = ceremony.AttachmentCrossPlatform
		},
	} {
		chip, path := newSubject(t)
		request, at := creation("alice"), &person{pin: rightPIN}
		change(&request.Options)
		if _, err := over(chip, path, 6).Create(t.Context(), request, at); !errors.Is(err, ceremony.ErrUnsupported) || len(at.askedNew) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCounterNeverRepeats signs from several authenticators over one store, as several
// processes would.
func TestCounterNeverRepeats(t *testing.T) {
	chip, path := newSubject(t)
	created, err := over(chip, path, 6).Create(t.Context(), creation("alice"), &person{pin: rightPIN})
	if err != nil {
		t.Fatal(err)
	}
	const signers, each = 4, 10
	var (
		mu   sync.Mutex
		seen = map[string]bool{}
		all  sync.WaitGroup
	)
	for range signers {
		all.Go(func() {
			a := over(chip, path, 6)
			for range each {
				got, err := a.Assert(t.Context(), assertion(created.CredentialID), &person{pin: rightPIN})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[fmt.Sprintf("%x", got.AuthenticatorData[33:37])] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != signers*each {
		t.Errorf("%d counters for %d signatures", len(seen), signers*each)
	}
}

// TestNothingIsSignedThatIsNotCounted takes the place of the counter away.
func TestNothingIsSignedThatIsNotCounted(t *testing.T) {
	chip, path := newSubject(t)
	a := over(chip, path, 6)
	created, err := a.Create(t.Context(), creation("alice"), &person{pin: rightPIN})
	if err != nil {
		t.Fatal(err)
	}
	before := chip.Signatures()
	if err := os.MkdirAll(filepath.Join(path+".new", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = a.Assert(t.Context(), assertion(created.CredentialID), &person{pin: rightPIN})
	if !errors.Is(err, ceremony.ErrUnsupported) || chip.Signatures() != before {
		t.Errorf("ended with %v after %d signatures", err, chip.Signatures()-before)
	}
}
