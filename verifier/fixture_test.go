package verifier_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
	"latchkey/verifier/internal/testkey"
	"latchkey/verifier/memstore"
	"latchkey/verifier/sqlstore"
)

const (
	password = "correct horse battery staple"
	rpID     = "portal.example.com"
)

// lightPassword makes hashing cheap; the parameters proper are tested by themselves.
var lightPassword = verifier.PasswordParams{Passes: 1, MemoryKiB: 8, Lanes: 1}

// clock is a clock that tests turn.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Turn(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// keyring is a verifier.Sealer in memory.
type keyring struct {
	mu    sync.Mutex
	keys  map[string][]byte
	err   error
	asked int
}

var _ verifier.Sealer = (*keyring)(nil)

func (k *keyring) SealingKey(_ context.Context, organizationID string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	if k.err != nil {
		return nil, k.err
	}
	if k.keys[organizationID] == nil {
		sum := sha256.Sum256([]byte(organizationID + time.Now().String()))
		k.keys[organizationID] = sum[:]
	}
	return append([]byte(nil), k.keys[organizationID]...), nil
}

func (k *keyring) lose() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = map[string][]byte{}
}

func (k *keyring) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

// fixture is a verifier with an organisation and its administrator, alice.
type fixture struct {
	testing.TB
	*verifier.Verifier
	store   verifier.Store
	options verifier.Options
	clock   *clock
	keyring *keyring
	alice   verifier.Account
}

func newFixture(t testing.TB) *fixture { return newFixtureOver(t, memstore.New()) }

func newFixtureOver(t testing.TB, store verifier.Store) *fixture {
	t.Helper()
	f := bareFixture(t, store)
	var err error
	_, f.alice, err = f.CreateOrganization(t.Context(), verifier.NewOrganization{
		Name: "Example", RPID: rpID,
		Administrator: verifier.NewAccount{Username: "alice", Password: password},
	})
	f.ok(err)
	return f
}

// bareFixture has no organisation yet.
func bareFixture(t testing.TB, store verifier.Store) *fixture {
	t.Helper()
	f := &fixture{
		TB: t, store: store,
		clock:   &clock{now: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)},
		keyring: &keyring{keys: map[string][]byte{}},
	}
	f.options = verifier.Options{Clock: f.clock.Now, Sealer: f.keyring, Password: lightPassword}
	f.reopen()
	return f
}

// reopen makes a new verifier over the same store, as the next process would.
func (f *fixture) reopen() {
	f.Helper()
	made, err := verifier.New(f.store, f.options)
	f.ok(err)
	f.Verifier = made
}

func openSQL(t testing.TB) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "data", "latchkey.db"), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// refused makes sure that err is the refusal want.
func (f *fixture) refused(err error, want *verifier.Error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Fatalf("got %v, want %s", err, want.Code)
	}
}

// add makes an account by the way of a signed-in administrator.
func (f *fixture) add(adminToken string, request verifier.NewAccount) verifier.Account {
	f.Helper()
	if request.Password == "" {
		request.Password = password
	}
	account, err := f.AddAccount(f.Context(), adminToken, request)
	f.ok(err)
	return account
}

// grant signs in somebody who has no key yet.
func (f *fixture) grant(username string) string {
	f.Helper()
	answer, err := f.BeginSignIn(f.Context(), username, password)
	f.ok(err)
	if answer.Next != verifier.NextEnroll {
		f.Fatalf("next is %s, want %s", answer.Next, verifier.NextEnroll)
	}
	return answer.Grant
}

// enroll makes a credential with key.
func (f *fixture) enroll(authority string, key *testkey.Key) verifier.Credential {
	f.Helper()
	registration, err := f.BeginRegistration(f.Context(), authority, verifier.SecurityKey)
	f.ok(err)
	credential, err := f.FinishRegistration(f.Context(), authority, registration.CeremonyID, key.Create(registration.Options), verifier.Label{})
	f.ok(err)
	return credential
}

// newKey enrols a fresh key for somebody who has none.
func (f *fixture) newKey(username string) *testkey.Key {
	f.Helper()
	key := testkey.New(ceremony.AlgES256)
	f.enroll(f.grant(username), key)
	return key
}

// begin goes as far as the challenge.
func (f *fixture) begin(username string) verifier.SignIn {
	f.Helper()
	answer, err := f.BeginSignIn(f.Context(), username, password)
	f.ok(err)
	if answer.Next != verifier.NextAssert {
		f.Fatalf("next is %s, want %s", answer.Next, verifier.NextAssert)
	}
	return answer
}

// signIn goes all the way.
func (f *fixture) signIn(username string, key *testkey.Key) verifier.IssuedSession {
	f.Helper()
	answer := f.begin(username)
	issued, err := f.FinishSignIn(f.Context(), answer.CeremonyID, key.Assert(*answer.Request))
	f.ok(err)
	return issued
}

// stepUp makes a session fresh.
func (f *fixture) stepUp(token string, key *testkey.Key) verifier.Session {
	f.Helper()
	assertion, err := f.BeginStepUp(f.Context(), token)
	f.ok(err)
	session, err := f.FinishStepUp(f.Context(), token, assertion.CeremonyID, key.Assert(assertion.Request))
	f.ok(err)
	return session
}

// record reads a credential from the store.
func (f *fixture) record(id []byte) (found verifier.CredentialRecord) {
	f.Helper()
	f.ok(f.store.View(f.Context(), func(tx verifier.Tx) (err error) {
		found, err = tx.Credential(id)
		return err
	}))
	return found
}

// lastEvent is the end of the audit trail.
func (f *fixture) lastEvent() (last verifier.EventRecord) {
	f.Helper()
	f.ok(f.store.View(f.Context(), func(tx verifier.Tx) (err error) {
		last, err = tx.LastEvent()
		return err
	}))
	return last
}

// expectEvent makes sure of the end of the audit trail.
func (f *fixture) expectEvent(actor, action, outcome string) {
	f.Helper()
	if last := f.lastEvent(); last.Actor != actor || last.Action != action || last.Outcome != outcome {
		f.Fatalf("the audit trail ends with %q %q %q, want %q %q %q",
			last.Actor, last.Action, last.Outcome, actor, action, outcome)
	}
}
