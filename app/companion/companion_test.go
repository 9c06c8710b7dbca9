package companion_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// party is a relying party that answers as told. What a test does not set panics.
type party struct {
	companion.RelyingParty
	signIn       verifier.SignIn
	sessions     map[string]verifier.Session
	finishRefuse error
	stale        bool // the session needs a step-up first
	credentials  []verifier.Credential
	fingerprint  bool                    // allowed
	kind         verifier.CredentialKind // of the registration begun last
	calls        []string
}

func (p *party) call(name string) { p.calls = append(p.calls, name) }

func (p *party) Organization(context.Context) (verifier.Organization, error) {
	return verifier.Organization{ID: "org", RPID: "localhost", FingerprintAllowed: p.fingerprint}, nil
}

func (p *party) BeginSignIn(context.Context, string, string) (verifier.SignIn, error) {
	return p.signIn, nil
}

func (p *party) FinishSignIn(_ context.Context, id string, _ ceremony.AuthenticationResponse) (verifier.IssuedSession, error) {
	p.call("finish " + id)
	return verifier.IssuedSession{Token: "token", Session: p.sessions["token"]}, p.finishRefuse
}

func (p *party) BeginStepUp(context.Context, string) (verifier.Assertion, error) {
	p.call("step up")
	return verifier.Assertion{CeremonyID: "up"}, nil
}

func (p *party) FinishStepUp(context.Context, string, string, ceremony.AuthenticationResponse) (verifier.Session, error) {
	p.stale = false
	return verifier.Session{}, nil
}

func (p *party) BeginRegistration(_ context.Context, authority string, kind verifier.CredentialKind) (verifier.Registration, error) {
	p.kind = kind
	p.call("register with " + authority)
	if p.stale {
		return verifier.Registration{}, verifier.ErrReauthenticate
	}
	return verifier.Registration{CeremonyID: "reg"}, nil
}

func (p *party) FinishRegistration(_ context.Context, _, _ string, _ ceremony.RegistrationResponse, label verifier.Label) (verifier.Credential, error) {
	return verifier.Credential{Name: label.Name, Computer: label.Computer}, p.finishRefuse
}

func (p *party) Session(_ context.Context, token string) (verifier.Session, error) {
	session, ok := p.sessions[token]
	if !ok {
		return session, verifier.ErrSignedOut
	}
	return session, nil
}

func (p *party) Credentials(context.Context, string) ([]verifier.Credential, error) {
	return p.credentials, nil
}

func (p *party) DeleteCredential(context.Context, string, ceremony.Bytes, bool) error {
	p.call("delete")
	if p.stale {
		return verifier.ErrReauthenticate
	}
	return nil
}

func (p *party) SignOut(_ context.Context, token string) error {
	delete(p.sessions, token)
	return nil
}

// vault keeps one token, or refuses.
type vault struct {
	token   string
	failure error
}

func (v *vault) Save(_ context.Context, _, _, token string) error {
	if v.failure == nil {
		v.token = token
	}
	return v.failure
}

func (v *vault) Load(context.Context, string, string) (string, error) {
	if v.failure == nil && v.token == "" {
		return "", companion.ErrNotSignedIn
	}
	return v.token, v.failure
}

func (v *vault) Delete(context.Context, string, string) error { v.token = ""; return v.failure }
func (v *vault) Check(context.Context) error                  { return v.failure }

// key is an authenticator that answers as told.
type key struct {
	kind        ceremony.Kind
	title       string // what it calls itself
	problem     error
	state       ceremony.State // with a problem; "" is absent
	assertErr   error
	asserted    int
	rolledBack  [][]byte
	rollbackErr error
}

func (k *key) Kind() ceremony.Kind { return k.kind }

func (k *key) Probe(context.Context) ceremony.Availability {
	state := ceremony.StateReady
	if k.problem != nil {
		state = cmp.Or(k.state, ceremony.StateAbsent)
	}
	return ceremony.Availability{Kind: k.kind, State: state, Problem: k.problem}
}

func (k *key) Create(context.Context, ceremony.CreateRequest, ceremony.Prompter) (*ceremony.Created, error) {
	return &ceremony.Created{CredentialID: []byte("new"), Device: ceremony.Device{Name: k.title}}, nil
}

func (k *key) Assert(context.Context, ceremony.AssertRequest, ceremony.Prompter) (*ceremony.Asserted, error) {
	if k.problem != nil {
		return nil, k.problem
	}
	k.asserted++
	if k.assertErr != nil {
		return nil, k.assertErr
	}
	return &ceremony.Asserted{CredentialID: []byte("id")}, nil
}

func (k *key) Rollback(_ context.Context, id []byte) error {
	k.rolledBack = append(k.rolledBack, id)
	return k.rollbackErr
}

type network bool

func (n network) Online() bool { return bool(n) }

func newCompanion(p *party, v *vault, keys ...companion.Authenticator) *companion.Companion {
	return companion.New(companion.Deps{
		RelyingParty: p, Vault: v, Authenticators: keys, Network: network(false), Clock: time.Now,
		ModelName: func([16]byte) string { return "" },
	})
}

func assertParty() *party {
	account := verifier.Account{Username: "anna", FactorRequired: true}
	return &party{
		signIn:   verifier.SignIn{Next: verifier.NextAssert, CeremonyID: "c", Request: &ceremony.RequestOptions{RPID: "localhost"}},
		sessions: map[string]verifier.Session{"token": {Account: account, Organization: verifier.Organization{ID: "org"}}},
	}
}

var anna = companion.SignInRequest{Username: "anna", Password: "password"}

func TestSignInUsesTheNextAuthenticatorThatHasACredential(t *testing.T) {
	ctx := context.Background()
	absent := &key{kind: ceremony.KindTPM, problem: ceremony.ErrNotSetUp}
	other := &key{kind: ceremony.KindSecurityKey, assertErr: ceremony.ErrNoCredential}
	right := &key{kind: ceremony.KindTouchID}
	c := newCompanion(assertParty(), &vault{}, absent, other, right)
	signedIn, err := c.SignIn(ctx, anna, nil)
	if err != nil || signedIn.Session == nil || !signedIn.Session.Stored() {
		t.Fatalf("%+v, %v", signedIn, err)
	}
	if absent.asserted != 0 || other.asserted != 1 || right.asserted != 1 {
		t.Errorf("asked %d, %d and %d times", absent.asserted, other.asserted, right.asserted)
	}
}

func TestSignInStopsWhereThePersonGaveUp(t *testing.T) {
	first := &key{assertErr: ceremony.ErrCanceled}
	second := &key{}
	_, err := newCompanion(assertParty(), &vault{}, first, second).SignIn(context.Background(), anna, nil)
	if !errors.Is(err, ceremony.ErrCanceled) || second.asserted != 0 {
		t.Errorf("%v; the second was asked %d times", err, second.asserted)
	}
}

func TestSignInSaysWhyNoAuthenticatorCouldBeUsed(t *testing.T) {
	for name, test := range map[string]struct {
		keys []companion.Authenticator
		want error
	}{
		"none at all":   {nil, companion.ErrNotHere},
		"not permitted": {[]companion.Authenticator{&key{kind: ceremony.KindSecurityKey, problem: ceremony.ErrNoAccess}}, ceremony.ErrNoAccess},
		"another's key": {[]companion.Authenticator{
			&key{kind: ceremony.KindTPM, assertErr: ceremony.ErrNoCredential}, &key{kind: ceremony.KindSecurityKey, assertErr: ceremony.ErrNoCredential},
		}, ceremony.ErrNoCredential},
		"no key, and a chip that is locked": {[]companion.Authenticator{
			&key{kind: ceremony.KindTPM, assertErr: ceremony.ErrPINAuthBlocked}, &key{kind: ceremony.KindSecurityKey, problem: ceremony.ErrNoDevice},
		}, ceremony.ErrPINAuthBlocked},
		"no key, and another computer's": {[]companion.Authenticator{
			&key{kind: ceremony.KindSecurityKey, problem: ceremony.ErrNoDevice}, &key{kind: ceremony.KindTPM, assertErr: ceremony.ErrNoCredential},
		}, ceremony.ErrNoDevice},
		"nothing plugged": {[]companion.Authenticator{&key{kind: ceremony.KindSecurityKey, problem: ceremony.ErrNoDevice}}, ceremony.ErrNoDevice},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newCompanion(assertParty(), &vault{}, test.keys...).SignIn(context.Background(), anna, nil)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestWithoutKeyringTheSessionLivesInThisProcess(t *testing.T) {
	ctx := context.Background()
	p, v := assertParty(), &vault{failure: companion.ErrNoKeyring}
	c := newCompanion(p, v, &key{})
	signedIn, err := c.SignIn(ctx, anna, nil)
	if !errors.Is(err, companion.ErrNotStored) || signedIn.Session == nil || signedIn.Session.Stored() {
		t.Fatalf("%+v, %v", signedIn, err)
	}
	overview, err := c.Overview(ctx)
	if err != nil || overview.Session == nil || overview.Stored {
		t.Errorf("%+v, %v", overview, err)
	}
	if _, err := c.SignOut(ctx); err != nil {
		t.Error(err)
	}
	if len(p.sessions) != 0 {
		t.Error("the session is still good")
	}
	if _, err := c.Current(ctx); !errors.Is(err, companion.ErrNotSignedIn) {
		t.Errorf("after signing out: %v", err)
	}
	overview, err = c.Overview(ctx)
	if err != nil || overview.Organization == nil || overview.Session != nil || !errors.Is(overview.Problem, companion.ErrNoKeyring) {
		t.Errorf("after signing out: %+v, %v", overview, err)
	}
	if _, err := c.Token(ctx, "", ""); !errors.Is(err, companion.ErrNoKeyring) || errors.Is(err, companion.ErrNotSignedIn) {
		t.Errorf("a token without a keyring: %v", err)
	}
}

func TestWhoIsKeptInTheKeyringComesAfterWhoIsInMemory(t *testing.T) {
	p, v := assertParty(), &vault{failure: companion.ErrNoKeyring}
	p.signIn = verifier.SignIn{Next: verifier.NextDone}
	c := newCompanion(p, v)
	for _, username := range []string{"anna", "bert"} {
		issued := verifier.IssuedSession{Token: username, Session: verifier.Session{Account: verifier.Account{Username: username}}}
		p.sessions[username], p.signIn.Issued = issued.Session, &issued
		if _, err := c.SignIn(t.Context(), companion.SignInRequest{Username: username, Password: "password"}, nil); err != nil && !errors.Is(err, companion.ErrNotStored) {
			t.Fatal(err)
		}
		if held, err := c.Current(t.Context()); err != nil || held.Account.Username != username {
			t.Errorf("%s signed in, and %q is current: %v", username, held.Account.Username, err)
		}
		v.failure = nil // the keyring has been started meanwhile
	}
	if held, err := c.CurrentOf(t.Context(), "anna"); err != nil || held.Stored() {
		t.Errorf("the session in memory: %+v, %v", held, err)
	}
}

func TestEnrollStepsUpOnce(t *testing.T) {
	p, k := assertParty(), &key{kind: ceremony.KindSecurityKey, title: "Model X"}
	p.stale = true
	c := newCompanion(p, &vault{token: "token"}, k)
	credential, err := c.Enroll(context.Background(), "", companion.Enrollment{}, nil)
	if err != nil || credential.Name != "Model X" {
		t.Fatalf("%+v, %v", credential, err)
	}
	if want := []string{"register with token", "step up", "register with token"}; !slices.Equal(p.calls, want) || k.asserted != 1 {
		t.Errorf("calls %q, asserted %d times", p.calls, k.asserted)
	}
}

func TestEnrollTakesNoNonsenseFromAKeyForAName(t *testing.T) {
	for title, want := range map[string]string{
		"Model X":                         "Model X",
		"  \x1b[2J\u202eModel\x00 X\xff ": "[2JModel X",
		strings.Repeat("ä", 80):           strings.Repeat("ä", 64),
		"\n":                              "",
	} {
		k := &key{kind: ceremony.KindSecurityKey, title: title}
		credential, err := newCompanion(assertParty(), &vault{token: "token"}, k).Enroll(t.Context(), "", companion.Enrollment{}, nil)
		if err != nil || credential.Name != want {
			t.Errorf("%q: named %q, %v", title, credential.Name, err)
		}
	}
}

func TestEnrollRefusesABadNameBeforeAskingForAnything(t *testing.T) {
	p := assertParty()
	c := newCompanion(p, &vault{token: "token"}, &key{kind: ceremony.KindSecurityKey})
	for _, name := range []string{" ", "a\tb", strings.Repeat("x", 65)} {
		if _, err := c.Enroll(t.Context(), "", companion.Enrollment{Name: name}, nil); !errors.Is(err, verifier.ErrInvalid) || len(p.calls) != 0 {
			t.Errorf("%q: %v, calls %q", name, err, p.calls)
		}
	}
}

func TestEnrollAsksForNothingWithoutAKey(t *testing.T) {
	p := assertParty()
	c := newCompanion(p, &vault{token: "token"}, &key{kind: ceremony.KindSecurityKey, problem: ceremony.ErrNoDevice})
	if _, err := c.Enroll(context.Background(), "", companion.Enrollment{}, nil); !errors.Is(err, ceremony.ErrNoDevice) || len(p.calls) != 0 {
		t.Errorf("%v, calls %q", err, p.calls)
	}
}

func TestRefusedEnrolmentIsRolledBack(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p, k := assertParty(), &key{kind: ceremony.KindSecurityKey}
	p.finishRefuse = verifier.ErrVirtualKey
	cancel()
	_, err := newCompanion(p, &vault{}, k).Enroll(ctx, "grant", companion.Enrollment{}, nil)
	if !errors.Is(err, verifier.ErrVirtualKey) {
		t.Errorf("%v", err)
	}
	if len(k.rolledBack) != 1 || string(k.rolledBack[0]) != "new" {
		t.Errorf("rolled back %q", k.rolledBack)
	}
}

func TestDeleteKeyStepsUp(t *testing.T) {
	p := assertParty()
	p.stale = true
	c := newCompanion(p, &vault{token: "token"}, &key{})
	if err := c.DeleteKey(context.Background(), ceremony.Bytes("id"), false, nil); err != nil {
		t.Fatal(err)
	}
	if want := []string{"delete", "step up", "delete"}; !slices.Equal(p.calls, want) {
		t.Errorf("calls %q", p.calls)
	}
}

func TestFindKey(t *testing.T) {
	p := assertParty()
	p.credentials = []verifier.Credential{
		{ID: ceremony.Bytes("first credential"), Name: "Work"},
		{ID: ceremony.Bytes("other credential"), Name: "Twin"},
		{ID: ceremony.Bytes("third credential"), Name: "Twin"},
	}
	c := newCompanion(p, &vault{token: "token"})
	full := p.credentials[1].ID.String()
	for given, want := range map[string]struct {
		id  ceremony.Bytes
		err error
	}{
		"Work":    {p.credentials[0].ID, nil},
		full:      {p.credentials[1].ID, nil},
		full[:12]: {p.credentials[1].ID, nil},
		full[:4]:  {nil, companion.ErrUnknownKey},
		"Twin":    {nil, companion.ErrAmbiguousKey},
		"work":    {nil, companion.ErrUnknownKey},
		"":        {nil, companion.ErrUnknownKey},
	} {
		found, err := c.FindKey(context.Background(), given)
		if !errors.Is(err, want.err) || string(found.ID) != string(want.id) {
			t.Errorf("%q: %q, %v", given, found.ID, err)
		}
	}
}

func TestAnEndedSessionIsNobody(t *testing.T) {
	p := assertParty()
	c := newCompanion(p, &vault{token: "old"})
	overview, err := c.Overview(context.Background())
	if err != nil || overview.Session != nil || overview.Problem != nil {
		t.Errorf("%+v, %v", overview, err)
	}
}

func TestDoctorNamesTheFix(t *testing.T) {
	p := assertParty()
	c := newCompanion(p, &vault{failure: companion.ErrKeyringLocked},
		&key{kind: ceremony.KindSecurityKey, state: ceremony.StateNoAccess, problem: &ceremony.Error{Code: ceremony.CodeNoAccess, Fix: "Run this."}},
		&key{kind: ceremony.KindTPM, state: ceremony.StateNoAccess, problem: &ceremony.Error{Code: ceremony.CodeNoAccess, Fix: "Join that."}})
	p.RelyingParty = checkedParty{}
	checks := c.Doctor(context.Background())
	found := map[string]companion.Check{}
	for _, check := range checks {
		found[check.Name] = check
	}
	if check := found["keyring"]; check.Verdict != companion.VerdictFail || check.Fix == "" {
		t.Errorf("keyring: %+v", check)
	}
	if check := found["database"]; check.Verdict != companion.VerdictFail || check.Fix == "" {
		t.Errorf("database: %+v", check)
	}
	if check := found["security_key"]; check.Verdict != companion.VerdictFail || check.Fix != "Run this." {
		t.Errorf("security keys: %+v", check)
	}
	if check := found["tpm"]; check.Verdict != companion.VerdictNote || check.Fix != "Join that." { // nobody has to use it
		t.Errorf("security chip: %+v", check)
	}
	if check := found["network"]; check.Verdict != companion.VerdictOK {
		t.Errorf("network: %+v", check)
	}
	if companion.Healthy(checks) {
		t.Error("healthy")
	}
}

// checkedParty has a damaged database.
type checkedParty struct{ companion.RelyingParty }

func (checkedParty) CheckStore(context.Context) error { return verifier.ErrStoreCorrupt }
