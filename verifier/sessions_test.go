package verifier_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
	"latchkey/verifier/internal/testkey"
	"latchkey/verifier/memstore"
)

func TestSessionsEnd(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	idle := f.signIn("alice", key).Token
	f.clock.Turn(10*time.Hour - time.Second)
	used, err := f.Session(t.Context(), idle) // moves the expiry
	f.ok(err)
	if want := f.clock.Now().Add(10 * time.Hour); !used.Until().Equal(want) {
		t.Errorf("ends at %v, want %v", used.Until(), want)
	}
	f.clock.Turn(10*time.Hour - time.Second)
	session, err := f.Session(t.Context(), idle)
	f.ok(err)
	if want := session.CreatedAt.Add(24 * time.Hour); !session.Until().Equal(want) {
		t.Errorf("ends at %v, want %v", session.Until(), want)
	}
	f.clock.Turn(4*time.Hour + 2*time.Second)
	_, err = f.Session(t.Context(), idle)
	f.refused(err, verifier.ErrSignedOut)

	unused := f.signIn("alice", key).Token
	f.clock.Turn(10 * time.Hour)
	_, err = f.Session(t.Context(), unused)
	f.refused(err, verifier.ErrSignedOut)
}

// countingStore counts what has to be written.
type countingStore struct {
	verifier.Store
	updates int
}

func (c *countingStore) Update(ctx context.Context, fn func(verifier.Tx) error) error {
	c.updates++
	return c.Store.Update(ctx, fn)
}

func TestUsingASessionSeldomWrites(t *testing.T) {
	store := &countingStore{Store: memstore.New()}
	f := newFixtureOver(t, store)
	token := f.signIn("alice", f.newKey("alice")).Token
	store.updates = 0
	for range 59 {
		f.clock.Turn(time.Second)
		_, err := f.AccessToken(t.Context(), token, "")
		f.ok(err)
	}
	if store.updates != 0 {
		t.Errorf("%d writes within a minute", store.updates)
	}
	f.clock.Turn(time.Second)
	_, err := f.AccessToken(t.Context(), token, "")
	f.ok(err)
	if store.updates != 1 {
		t.Errorf("%d writes after a minute, want 1", store.updates)
	}
}

// fullStore has no room left once it is full.
type fullStore struct {
	verifier.Store
	full bool
}

func (s *fullStore) Update(ctx context.Context, fn func(verifier.Tx) error) error {
	if s.full {
		return verifier.ErrStoreFull
	}
	return s.Store.Update(ctx, fn)
}

func TestFullDiskLeavesSessionsAlone(t *testing.T) {
	store := &fullStore{Store: memstore.New()}
	f := newFixtureOver(t, store)
	token := f.signIn("alice", f.newKey("alice")).Token
	before, err := f.Session(t.Context(), token)
	f.ok(err)
	f.clock.Turn(time.Hour)
	store.full = true
	session, err := f.Session(t.Context(), token)
	f.ok(err)
	if !session.IdleExpiresAt.Equal(before.IdleExpiresAt) {
		t.Errorf("said to end at %v, and ends at %v", session.IdleExpiresAt, before.IdleExpiresAt)
	}
	_, err = f.AccessToken(t.Context(), token, "")
	f.ok(err)
	_, err = f.BeginSignIn(t.Context(), "alice", password)
	f.refused(err, verifier.ErrStoreFull)
	f.refused(f.SignOut(t.Context(), token), verifier.ErrStoreFull)
}

func TestForgedTokens(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	real := f.signIn("alice", key).Token
	for _, token := range []string{"", "x", strings.Repeat("A", 43), real + "A", real[:42], real + "=", " " + real} {
		_, err := f.Session(t.Context(), token)
		f.refused(err, verifier.ErrSignedOut)
		_, err = f.AccessToken(t.Context(), token, "")
		f.refused(err, verifier.ErrSignedOut)
		_, err = f.Credentials(t.Context(), token)
		f.refused(err, verifier.ErrSignedOut)
		_, err = f.Accounts(t.Context(), token)
		f.refused(err, verifier.ErrSignedOut)
		_, err = f.AddAccount(t.Context(), token, verifier.NewAccount{Username: "eve", Password: password})
		f.refused(err, verifier.ErrSignedOut)
		_, err = f.BeginStepUp(t.Context(), token)
		f.refused(err, verifier.ErrSignedOut)
		_, err = f.Events(t.Context(), token, 0, 1)
		f.refused(err, verifier.ErrSignedOut)
		f.refused(f.RenameCredential(t.Context(), token, key.ID, "x"), verifier.ErrSignedOut)
		f.refused(f.DeleteCredential(t.Context(), token, key.ID, true), verifier.ErrSignedOut)
		f.refused(f.OpenEnrollment(t.Context(), token, "alice"), verifier.ErrSignedOut)
	}
	_, err := f.Session(t.Context(), real)
	f.ok(err)
}

func TestClockBehindTheRecord(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	token := f.signIn("alice", key).Token
	f.clock.Turn(-time.Minute) // a little is normal
	_, err := f.Session(t.Context(), token)
	f.ok(err)
	f.clock.Turn(-2 * time.Minute)
	_, err = f.Session(t.Context(), token)
	f.refused(err, verifier.ErrClock)
	f.clock.Turn(-24 * time.Hour)
	before := f.lastEvent().Sequence
	_, err = f.BeginSignIn(t.Context(), "alice", password)
	f.refused(err, verifier.ErrClock)
	if f.lastEvent().Sequence != before {
		t.Error("something was recorded under a wrong clock")
	}
	f.clock.Turn(24*time.Hour + 3*time.Minute)
	f.signIn("alice", key)
}

func TestClockCannotBeWalkedBack(t *testing.T) {
	f := newFixtureOver(t, openSQL(t))
	key := f.newKey("alice")
	f.signIn("alice", key)
	f.clock.Turn(-23 * time.Hour)
	f.signIn("alice", key) // the last event is a day back now
	f.clock.Turn(-2 * time.Hour)
	_, err := f.BeginSignIn(t.Context(), "alice", password)
	f.refused(err, verifier.ErrClock)
}

func TestCorrectingTheClock(t *testing.T) {
	f := newFixtureOver(t, openSQL(t))
	first := f.newKey("alice")
	f.clock.Turn(240 * time.Hour)
	admin := f.signIn("alice", first).Token
	f.add(admin, verifier.NewAccount{Username: "bob"})
	f.add(admin, verifier.NewAccount{Username: "cleo", FactorOptional: true})
	later := testkey.New(ceremony.AlgES256) // enrolled while the clock was ahead
	f.enroll(admin, later)
	grant := f.grant("bob")
	pending := f.begin("alice")
	for range 4 {
		_, err := f.BeginSignIn(t.Context(), "bob", "wrong")
		f.refused(err, verifier.ErrWrongPassword)
	}
	f.clock.Turn(-240 * time.Hour)

	// Neither a password alone nor a wrong one corrects anything.
	for _, username := range []string{"bob", "cleo"} {
		_, err := f.BeginSignInByThisClock(t.Context(), username, password)
		f.refused(err, verifier.ErrClock)
	}
	_, err := f.BeginSignInByThisClock(t.Context(), "alice", "wrong")
	f.refused(err, verifier.ErrWrongPassword)
	answer, err := f.BeginSignInByThisClock(t.Context(), "alice", password)
	f.ok(err)
	forged := later.Assert(*answer.Request)
	forged.Response.Signature[9] ^= 1
	_, err = f.FinishSignIn(t.Context(), answer.CeremonyID, forged)
	f.refused(err, verifier.ErrVerification)
	_, err = f.FinishSignIn(t.Context(), pending.CeremonyID, later.Assert(*pending.Request))
	f.refused(err, verifier.ErrClock)
	_, err = f.BeginSignIn(t.Context(), "alice", password)
	f.refused(err, verifier.ErrClock)

	answer, err = f.BeginSignInByThisClock(t.Context(), "alice", password)
	f.ok(err)
	issued, err := f.FinishSignIn(t.Context(), answer.CeremonyID, later.Assert(*answer.Request))
	f.ok(err)
	_, err = f.AccessToken(t.Context(), issued.Token, "")
	f.ok(err)
	events, err := f.Events(t.Context(), issued.Token, f.lastEvent().Sequence-2, 2)
	f.ok(err)
	if events[0].Action != "clock.corrected" || events[0].Actor != "alice" || events[1].Action != "sign_in.ok" {
		t.Errorf("the trail ends with %+v", events)
	}
	_, err = f.Session(t.Context(), admin)
	f.refused(err, verifier.ErrSignedOut)
	_, err = f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
	f.refused(err, verifier.ErrSignedOut)
	_, err = f.FinishSignIn(t.Context(), pending.CeremonyID, first.Assert(*pending.Request))
	f.refused(err, verifier.ErrChallengeUsed)

	// From now on time counts from here, and with the clock right it is a sign-in
	// like any other.
	f.signIn("alice", first)
	_, err = f.BeginSignInByThisClock(t.Context(), "cleo", password)
	f.ok(err)
	_, err = f.Session(t.Context(), issued.Token)
	f.ok(err)
	f.clock.Turn(-25 * time.Hour)
	_, err = f.BeginSignIn(t.Context(), "alice", password)
	f.refused(err, verifier.ErrClock)
	f.ok(f.CheckStore(t.Context()))
}

func TestClockTurnedBackMakesNoSessionFresh(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	token := f.signIn("alice", key).Token
	f.clock.Turn(8 * time.Hour)
	f.stepUp(token, key)
	f.clock.Turn(-time.Minute) // a little is normal
	_, err := f.BeginRegistration(t.Context(), token, verifier.SecurityKey)
	f.ok(err)
	f.clock.Turn(-2 * time.Minute)
	_, err = f.BeginRegistration(t.Context(), token, verifier.SecurityKey)
	f.refused(err, verifier.ErrReauthenticate)
	f.refused(f.DeleteCredential(t.Context(), token, key.ID, true), verifier.ErrReauthenticate)
}

func TestStepUp(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	issued := f.signIn("alice", key)
	f.clock.Turn(time.Hour)
	session := f.stepUp(issued.Token, key)
	if !session.AuthenticatedAt.Equal(f.clock.Now()) || !session.CreatedAt.Equal(issued.Session.CreatedAt) ||
		!session.ExpiresAt.Equal(issued.Session.ExpiresAt) || session.ID != issued.Session.ID {
		t.Errorf("the session is %+v after a step-up", session)
	}
	f.expectEvent("alice", "step_up.ok", "ok")
	assertion, err := f.BeginStepUp(t.Context(), issued.Token)
	f.ok(err)
	response := key.Assert(assertion.Request)
	response.Response.Signature[9] ^= 1
	_, err = f.FinishStepUp(t.Context(), issued.Token, assertion.CeremonyID, response)
	f.refused(err, verifier.ErrVerification)
	f.expectEvent("alice", "step_up.refused", "verification_failed")
}

func TestDeletingKeys(t *testing.T) {
	f := newFixtureOver(t, openSQL(t))
	first := f.newKey("alice")
	here, elsewhere := f.signIn("alice", first).Token, f.signIn("alice", first).Token
	second := testkey.New(ceremony.AlgEdDSA)
	f.enroll(here, second)

	f.clock.Turn(5*time.Minute + time.Second)
	f.refused(f.DeleteCredential(t.Context(), here, first.ID, true), verifier.ErrReauthenticate)
	f.stepUp(here, second)
	f.refused(f.DeleteCredential(t.Context(), here, []byte("another"), true), verifier.ErrUnknownCredential)
	f.refused(f.DeleteCredential(t.Context(), here, nil, true), verifier.ErrUnknownCredential)
	f.ok(f.DeleteCredential(t.Context(), here, first.ID, false))
	f.expectEvent("alice", "credential.deleted", "ok")
	_, err := f.Session(t.Context(), here)
	f.ok(err)
	_, err = f.Session(t.Context(), elsewhere)
	f.refused(err, verifier.ErrSignedOut)

	f.refused(f.DeleteCredential(t.Context(), here, second.ID, false), verifier.ErrLastFactor)
	f.signIn("alice", second) // it is still there
	f.ok(f.DeleteCredential(t.Context(), here, second.ID, true))

	// Locked out: the right password is not enough any more, and the session that did
	// it lasts on without its key.
	_, err = f.BeginSignIn(t.Context(), "alice", password)
	f.refused(err, verifier.ErrFactorRequired)
	f.expectEvent("alice", "sign_in.refused", "factor_required")
	session, err := f.Session(t.Context(), here)
	f.ok(err)
	if session.CredentialName != "" || !bytes.Equal(session.CredentialID, second.ID) {
		t.Errorf("the session is %+v", session)
	}
}

func TestSomebodyElsesKeyCannotBeTouched(t *testing.T) {
	f := newFixture(t)
	alices := f.newKey("alice")
	admin := f.signIn("alice", alices).Token
	f.add(admin, verifier.NewAccount{Username: "bob"})
	bobs := f.newKey("bob")
	bob := f.signIn("bob", bobs).Token
	f.refused(f.DeleteCredential(t.Context(), bob, alices.ID, true), verifier.ErrUnknownCredential)
	f.refused(f.RenameCredential(t.Context(), bob, alices.ID, "mine"), verifier.ErrUnknownCredential)
	if f.record(alices.ID).Name != "Security key" {
		t.Error("the key was renamed")
	}
	// And what is for administrators is for them.
	_, err := f.Accounts(t.Context(), bob)
	f.refused(err, verifier.ErrForbidden)
	_, err = f.AddAccount(t.Context(), bob, verifier.NewAccount{Username: "eve", Password: password})
	f.refused(err, verifier.ErrForbidden)
	_, err = f.Events(t.Context(), bob, 0, 10)
	f.refused(err, verifier.ErrForbidden)
	f.refused(f.OpenEnrollment(t.Context(), bob, "alice"), verifier.ErrForbidden)
}

func TestOpenEnrollment(t *testing.T) {
	f := newFixture(t)
	alices := f.newKey("alice")
	admin := f.signIn("alice", alices).Token
	f.add(admin, verifier.NewAccount{Username: "bob"})
	bobs := f.newKey("bob")
	f.refused(f.OpenEnrollment(t.Context(), admin, "bob"), verifier.ErrInvalid) // he has a key
	f.refused(f.OpenEnrollment(t.Context(), admin, "nobody"), verifier.ErrInvalid)
	bob := f.signIn("bob", bobs).Token
	f.ok(f.DeleteCredential(t.Context(), bob, bobs.ID, true))
	_, err := f.BeginSignIn(t.Context(), "bob", password)
	f.refused(err, verifier.ErrFactorRequired)
	f.clock.Turn(6 * time.Minute)
	f.refused(f.OpenEnrollment(t.Context(), admin, "bob"), verifier.ErrReauthenticate)
	f.stepUp(admin, alices)
	f.ok(f.OpenEnrollment(t.Context(), admin, "bob"))
	f.expectEvent("alice", "account.enrollment_opened", "ok")
	f.signIn("bob", f.newKey("bob"))
}

func TestAddingAnAccountNeedsAFreshAssertion(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	admin := f.signIn("alice", key).Token
	f.clock.Turn(6 * time.Minute)
	request := verifier.NewAccount{Username: "eve", Password: password, Role: verifier.RoleAdministrator}
	_, err := f.AddAccount(t.Context(), admin, request)
	f.refused(err, verifier.ErrReauthenticate)
	_, err = f.BeginSignIn(t.Context(), "eve", password)
	f.refused(err, verifier.ErrWrongPassword)
	f.stepUp(admin, key)
	f.add(admin, request)
}

func TestOrganizationAndAccounts(t *testing.T) {
	f := bareFixture(t, memstore.New())
	ctx := t.Context()
	_, err := f.Organization(ctx)
	f.refused(err, verifier.ErrNoOrganization)
	_, err = f.BeginSignIn(ctx, "alice", password)
	f.refused(err, verifier.ErrNoOrganization)
	_, err = f.JWKS(ctx)
	f.refused(err, verifier.ErrNoOrganization)

	good := verifier.NewOrganization{Name: "Example", RPID: rpID,
		Administrator: verifier.NewAccount{Username: "alice", Password: password, Role: verifier.RoleMember}}
	for field, spoil := range map[string]func(*verifier.NewOrganization){
		"organization": func(o *verifier.NewOrganization) { o.Name = " " },
		"rp_id":        func(o *verifier.NewOrganization) { o.RPID = "192.0.2.1" },
		"username":     func(o *verifier.NewOrganization) { o.Administrator.Username = "Alice" },
		"password":     func(o *verifier.NewOrganization) { o.Administrator.Password = "short" },
		"display_name": func(o *verifier.NewOrganization) { o.Administrator.DisplayName = "a\tb" },
	} {
		request := good
		spoil(&request)
		_, _, err := f.CreateOrganization(ctx, request)
		refusal, ok := errors.AsType[*verifier.Error](err)
		if !ok || refusal.Code != verifier.CodeInvalid || refusal.Field != field || !strings.HasSuffix(refusal.Message, ".") {
			t.Errorf("%s: got %v", field, err)
		}
	}
	_, err = f.Organization(ctx)
	f.refused(err, verifier.ErrNoOrganization)

	organization, alice, err := f.CreateOrganization(ctx, good)
	f.ok(err)
	if alice.Role != verifier.RoleAdministrator || !alice.FactorRequired || alice.DisplayName != "alice" {
		t.Errorf("the administrator is %+v", alice)
	}
	if got, err := f.Organization(ctx); err != nil || got != organization {
		t.Errorf("the organisation is %+v, %v", got, err)
	}
	_, _, err = f.CreateOrganization(ctx, good)
	f.refused(err, verifier.ErrOrganizationExists)

	admin := f.signIn("alice", f.newKey("alice")).Token
	bob := f.add(admin, verifier.NewAccount{Username: "bob", DisplayName: "Bob B.", FactorOptional: true})
	f.expectEvent("alice", "account.added", "ok")
	if bob.FactorRequired || bob.Role != verifier.RoleMember || bob.DisplayName != "Bob B." {
		t.Errorf("added %+v", bob)
	}
	_, err = f.AddAccount(ctx, admin, verifier.NewAccount{Username: "bob", Password: password})
	f.refused(err, verifier.ErrUsernameTaken)
	for _, request := range []verifier.NewAccount{
		{Username: "", Password: password}, {Username: "-x", Password: password}, {Username: "a b", Password: password},
		{Username: strings.Repeat("x", 65), Password: password}, {Username: "c", Password: "elevenchars"},
		{Username: "c", Password: strings.Repeat("x", 1025)}, {Username: "c", Password: "\xff" + password},
		{Username: "c", Password: password, Role: "owner"}, {Username: "longer.username", Password: "Longer.Username"},
	} {
		_, err := f.AddAccount(ctx, admin, request)
		f.refused(err, verifier.ErrInvalid)
	}
	summaries, err := f.Accounts(ctx, admin)
	f.ok(err)
	if len(summaries) != 2 || summaries[0].Keys != 1 || summaries[0].LastSignIn.IsZero() || summaries[1].Username != "bob" ||
		summaries[1].Keys != 0 || !summaries[1].LastSignIn.IsZero() {
		t.Errorf("accounts are %+v", summaries)
	}
}

func TestCanceledContext(t *testing.T) {
	f := newFixtureOver(t, openSQL(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.BeginSignIn(ctx, "alice", password); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
