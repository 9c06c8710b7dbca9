package verifier_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
	"latchkey/verifier/internal/testkey"
	"latchkey/verifier/memstore"
)

func TestSignInRefusesDishonestClientsAndKeys(t *testing.T) {
	type lie struct {
		tell func(*testkey.Key)
		warp func(*ceremony.AuthenticationResponse)
		want *verifier.Error
	}
	lies := map[string]lie{
		"another RP ID":         {tell: func(k *testkey.Key) { k.RPID = "evil.example" }},
		"no verification":       {tell: func(k *testkey.Key) { k.Flags = testkey.UP }, want: verifier.ErrUserNotVerified},
		"newly backup-eligible": {tell: func(k *testkey.Key) { k.Flags |= testkey.BE }},
		"attested data":         {tell: func(k *testkey.Key) { k.Flags |= testkey.AT }},
		"unknown credential":    {tell: func(k *testkey.Key) { k.ID = []byte("unknown") }, want: verifier.ErrUnknownCredential},
		"no credential":         {tell: func(k *testkey.Key) { k.ID = nil }},
		"counter stays":         {tell: func(k *testkey.Key) { k.Step = 0 }, want: verifier.ErrCounter},
		"counter goes back":     {tell: func(k *testkey.Key) { k.Counter = 1; k.Step = 0 }, want: verifier.ErrCounter},
		"counter becomes zero":  {tell: func(k *testkey.Key) { k.Counter = 0; k.Step = 0 }, want: verifier.ErrCounter},
		"another user handle":   {tell: func(k *testkey.Key) { k.UserHandle = []byte("another") }},
		"huge user handle":      {tell: func(k *testkey.Key) { k.UserHandle = make([]byte, 65) }},
		"tampered signature":    {warp: func(r *ceremony.AuthenticationResponse) { r.Response.Signature[12] ^= 1 }},
		"trailing signature":    {warp: func(r *ceremony.AuthenticationResponse) { r.Response.Signature = append(r.Response.Signature, 0) }},
		"huge signature":        {warp: func(r *ceremony.AuthenticationResponse) { r.Response.Signature = make([]byte, 1<<20) }},
		"no signature":          {warp: func(r *ceremony.AuthenticationResponse) { r.Response.Signature = nil }},
		"tampered counter":      {warp: func(r *ceremony.AuthenticationResponse) { r.Response.AuthenticatorData[36]++ }},
		"tampered client data": {warp: func(r *ceremony.AuthenticationResponse) {
			r.Response.ClientDataJSON = append(r.Response.ClientDataJSON, ' ')
		}},
		"id and raw id differ":    {warp: func(r *ceremony.AuthenticationResponse) { r.RawID = []byte("x") }},
		"another type":            {warp: func(r *ceremony.AuthenticationResponse) { r.Type = "password" }},
		"unasked extension":       {warp: func(r *ceremony.AuthenticationResponse) { r.ClientExtensionResults = map[string]any{"appid": true} }},
		"huge authenticator data": {warp: func(r *ceremony.AuthenticationResponse) { r.Response.AuthenticatorData = make([]byte, 1<<20) }},
	}
	for name, warp := range clientDataLies {
		lies["client data: "+name] = lie{tell: func(k *testkey.Key) { k.ClientData = warp }}
	}
	for name, warp := range authDataLies {
		lies["authenticator data: "+name] = lie{tell: func(k *testkey.Key) { k.AuthData = warp }}
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			key := f.newKey("alice")
			f.signIn("alice", key)
			honest, before := *key, f.record(key.ID)
			if lie.tell != nil {
				lie.tell(key)
			}
			answer := f.begin("alice")
			response := key.Assert(*answer.Request)
			if lie.warp != nil {
				lie.warp(&response)
			}
			if lie.want == nil {
				lie.want = verifier.ErrVerification
			}
			_, err := f.FinishSignIn(t.Context(), answer.CeremonyID, response)
			f.refused(err, lie.want)
			f.expectEvent("alice", "sign_in.refused", string(lie.want.Code))
			if after := f.record(honest.ID); after.SignCount != before.SignCount || !after.LastUsedAt.Equal(before.LastUsedAt) {
				t.Errorf("the credential record has changed to %+v", after)
			}
			// The challenge is used up, the account goes on.
			_, err = f.FinishSignIn(t.Context(), answer.CeremonyID, honest.Assert(*answer.Request))
			f.refused(err, verifier.ErrChallengeUsed)
			f.signIn("alice", &honest)
		})
	}
}

func TestUserHandleOfTheAccount(t *testing.T) {
	f := newFixture(t)
	key := testkey.New(ceremony.AlgES256)
	grant := f.grant("alice")
	registration, err := f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
	f.ok(err)
	_, err = f.FinishRegistration(t.Context(), grant, registration.CeremonyID, key.Create(registration.Options), verifier.Label{})
	f.ok(err)
	key.UserHandle = registration.Options.User.ID
	f.signIn("alice", key)
}

func TestKeyWithoutCounter(t *testing.T) {
	f := newFixture(t)
	key := testkey.New(ceremony.AlgES256)
	key.Step = 0
	f.enroll(f.grant("alice"), key)
	f.signIn("alice", key)
	f.signIn("alice", key)
}

func TestReplay(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	answer := f.begin("alice")
	response := key.Assert(*answer.Request)
	_, err := f.FinishSignIn(t.Context(), answer.CeremonyID, response)
	f.ok(err)
	_, err = f.FinishSignIn(t.Context(), answer.CeremonyID, response)
	f.refused(err, verifier.ErrChallengeUsed)
	f.expectEvent("", "sign_in.refused", "challenge_used")
	// The old signature under a new challenge.
	_, err = f.FinishSignIn(t.Context(), f.begin("alice").CeremonyID, response)
	f.refused(err, verifier.ErrVerification)
	for _, id := range []string{"", "unknown", strings.Repeat("x", 1<<16)} {
		_, err = f.FinishSignIn(t.Context(), id, response)
		f.refused(err, verifier.ErrChallengeUsed)
	}
}

func TestOneOfManyReplaysWins(t *testing.T) {
	f := newFixtureOver(t, openSQL(t))
	key := f.newKey("alice")
	answer := f.begin("alice")
	response := key.Assert(*answer.Request)
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		won   int
	)
	for range 8 {
		group.Go(func() {
			_, err := f.FinishSignIn(f.Context(), answer.CeremonyID, response)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, verifier.ErrChallengeUsed) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if won != 1 {
		t.Errorf("%d of 8 signed in with one response", won)
	}
}

func TestExpiredChallenge(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	answer := f.begin("alice")
	f.clock.Turn(5 * time.Minute)
	_, err := f.FinishSignIn(t.Context(), answer.CeremonyID, key.Assert(*answer.Request))
	f.refused(err, verifier.ErrChallengeUsed)
}

func TestCeremoniesDoNotMix(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	token := f.signIn("alice", key).Token
	stepUp, err := f.BeginStepUp(t.Context(), token)
	f.ok(err)
	_, err = f.FinishSignIn(t.Context(), stepUp.CeremonyID, key.Assert(stepUp.Request))
	f.refused(err, verifier.ErrChallengeUsed)
	answer := f.begin("alice")
	_, err = f.FinishStepUp(t.Context(), token, answer.CeremonyID, key.Assert(*answer.Request))
	f.refused(err, verifier.ErrChallengeUsed)
	// A step-up belongs to the session that began it.
	other := f.signIn("alice", key).Token
	stepUp, err = f.BeginStepUp(t.Context(), token)
	f.ok(err)
	_, err = f.FinishStepUp(t.Context(), other, stepUp.CeremonyID, key.Assert(stepUp.Request))
	f.refused(err, verifier.ErrChallengeUsed)
	f.expectEvent("alice", "step_up.refused", "challenge_used")
}

func TestAnotherAccountsCredential(t *testing.T) {
	f := newFixture(t)
	alices := f.newKey("alice")
	f.add(f.signIn("alice", alices).Token, verifier.NewAccount{Username: "bob"})
	f.newKey("bob")
	answer := f.begin("bob")
	_, err := f.FinishSignIn(t.Context(), answer.CeremonyID, alices.Assert(*answer.Request))
	f.refused(err, verifier.ErrUnknownCredential)
}

func TestKeyYoungerThanTheChallenge(t *testing.T) {
	f := newFixture(t)
	first := f.newKey("alice")
	token := f.signIn("alice", first).Token
	answer := f.begin("alice")
	f.clock.Turn(time.Second)
	second := testkey.New(ceremony.AlgES256)
	f.enroll(token, second)
	_, err := f.FinishSignIn(t.Context(), answer.CeremonyID, second.Assert(*answer.Request))
	f.refused(err, verifier.ErrUnknownCredential)
}

func TestBackedUpKeyIsNoHardware(t *testing.T) {
	f := newFixture(t)
	key := testkey.New(ceremony.AlgES256)
	key.Flags |= testkey.BE
	f.enroll(f.grant("alice"), key)
	key.Flags |= testkey.BS
	if amr := f.signIn("alice", key).Session.AMR; slices.Contains(amr, "hwk") || !slices.Contains(amr, "swk") {
		t.Errorf("amr is %v", amr)
	}
	if !f.record(key.ID).BackupState {
		t.Error("the backup state was not kept")
	}
}

// TestHelloWithoutATPMIsNoHardware: Windows keeps its keys in files, and says so by the model.
func TestHelloWithoutATPMIsNoHardware(t *testing.T) {
	f := newFixture(t)
	key := testkey.New(ceremony.AlgES256)
	copy(key.AAGUID[:], "\x60\x28\xb0\x17\xb1\xd4\x4c\x02\xb4\xb3\xaf\xcd\xaf\xc9\x6b\xb2")
	f.enroll(f.grant("alice"), key)
	if amr := f.signIn("alice", key).Session.AMR; slices.Contains(amr, "hwk") || !slices.Contains(amr, "swk") {
		t.Errorf("amr is %v", amr)
	}
}

// TestLegacyKey signs in with a key from before: without user verification.
func TestLegacyKey(t *testing.T) {
	f := newFixture(t)
	modern, legacy := f.newKey("alice"), testkey.New(ceremony.AlgES256)
	record := f.record(modern.ID)
	record.ID, record.PublicKey, record.Kind, record.UserVerified = legacy.ID, legacy.PublicKey, verifier.LegacyKey, false
	f.ok(f.store.Update(t.Context(), func(tx verifier.Tx) error { return tx.InsertCredential(record) }))
	answer := f.begin("alice")
	if answer.Request.UserVerification != ceremony.VerificationPreferred || len(answer.Request.AllowCredentials) != 2 {
		t.Errorf("the request is %+v", answer.Request)
	}
	legacy.Flags, modern.Flags = testkey.UP, testkey.UP
	legacy.Counter = 10
	_, err := f.FinishSignIn(t.Context(), answer.CeremonyID, legacy.Assert(*answer.Request))
	f.ok(err)
	// The modern key beside it still has to verify.
	answer = f.begin("alice")
	_, err = f.FinishSignIn(t.Context(), answer.CeremonyID, modern.Assert(*answer.Request))
	f.refused(err, verifier.ErrUserNotVerified)
}

func TestWrongPasswordAndUnknownUser(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	for _, try := range [][2]string{
		{"alice", "wrong"}, {"alice", ""}, {"alice", password + "x"}, {"alice", strings.Repeat("x", 1<<20)},
		{"bob", password}, {"", password}, {"Robert'); --", password}, {"alice\x00", password},
	} {
		f.clock.Turn(2 * time.Hour)
		_, err := f.BeginSignIn(t.Context(), try[0], try[1])
		refusal, ok := errors.AsType[*verifier.Error](err)
		if !ok || *refusal != *verifier.ErrWrongPassword {
			t.Errorf("%.20q got %+v, want nothing but %s", try, err, verifier.CodeWrongPassword)
		}
		// What was typed as a name stays out of the trail unless it is somebody's.
		actor := ""
		if try[0] == "alice" {
			actor = "alice"
		}
		if last := f.lastEvent(); last.Subject != actor || last.Outcome != "wrong_password" {
			t.Errorf("the trail says %+v", last.Event)
		}
	}
	f.clock.Turn(2 * time.Hour)
	f.signIn(" Alice ", key)
}

// TestLock is the same for a name that exists and one that does not.
func TestLock(t *testing.T) {
	for _, username := range []string{"alice", "nobody", "Not A Name"} {
		t.Run(username, func(t *testing.T) {
			f := newFixtureOver(t, openSQL(t))
			wrong := func(want *verifier.Error) error {
				t.Helper()
				_, err := f.BeginSignIn(t.Context(), username, "wrong")
				f.refused(err, want)
				return err
			}
			for range 5 {
				wrong(verifier.ErrWrongPassword)
			}
			for _, lock := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute,
				8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
				f.reopen() // the lock outlives the process
				before := f.lastEvent().Sequence
				refusal, _ := errors.AsType[*verifier.Error](wrong(verifier.ErrLocked))
				if want := f.clock.Now().Add(lock); !refusal.Until.Equal(want) {
					t.Fatalf("locked until %v, want %v", refusal.Until, want)
				}
				// The right password does not help, and is not even looked at.
				_, err := f.BeginSignIn(t.Context(), username, password)
				f.refused(err, verifier.ErrLocked)
				if f.lastEvent().Sequence != before {
					t.Fatal("refusals during a lock fill the audit trail")
				}
				f.clock.Turn(lock)
				wrong(verifier.ErrWrongPassword)
			}
			f.clock.Turn(15*time.Minute + time.Hour)
			for range 5 {
				wrong(verifier.ErrWrongPassword)
			}
			wrong(verifier.ErrLocked)
		})
	}
}

// A clock that was hours ahead for a while locks nobody out for hours.
func TestLockMadeUnderAClockAhead(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	f.clock.Turn(20 * time.Hour)
	for range 5 {
		_, err := f.BeginSignIn(t.Context(), "alice", "wrong")
		f.refused(err, verifier.ErrWrongPassword)
	}
	_, err := f.BeginSignIn(t.Context(), "alice", password)
	f.refused(err, verifier.ErrLocked)
	f.clock.Turn(-20 * time.Hour)
	f.signIn("alice", key)
}

func TestRightPasswordForgivesWrongOnes(t *testing.T) {
	f := newFixture(t)
	for range 3 {
		for range 4 {
			_, err := f.BeginSignIn(t.Context(), "alice", "wrong")
			f.refused(err, verifier.ErrWrongPassword)
		}
		f.grant("alice")
	}
}

// TestGuessingInParallel has many guesses under way at once: no more of them are
// looked at than one after another.
func TestGuessingInParallel(t *testing.T) {
	f := newFixtureOver(t, memstore.New())
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		judged int
	)
	for n := range 30 {
		group.Go(func() {
			_, err := f.BeginSignIn(f.Context(), "alice", fmt.Sprint("guess ", n))
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, verifier.ErrWrongPassword) {
				judged++
			} else if !errors.Is(err, verifier.ErrLocked) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if judged != 5 {
		t.Errorf("%d guesses were judged, want 5", judged)
	}
}

func TestWrongAssertionsLock(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	pending := f.begin("alice")
	for range 5 {
		answer := f.begin("alice")
		response := key.Assert(*answer.Request)
		response.Response.Signature[9] ^= 1
		_, err := f.FinishSignIn(t.Context(), answer.CeremonyID, response)
		f.refused(err, verifier.ErrVerification)
	}
	_, err := f.BeginSignIn(t.Context(), "alice", password)
	f.refused(err, verifier.ErrLocked)
	_, err = f.FinishSignIn(t.Context(), pending.CeremonyID, key.Assert(*pending.Request))
	f.refused(err, verifier.ErrLocked)
	f.clock.Turn(30 * time.Second)
	f.signIn("alice", key)
}

func TestOptionalFactor(t *testing.T) {
	f := newFixture(t)
	admin := f.signIn("alice", f.newKey("alice")).Token
	f.add(admin, verifier.NewAccount{Username: "bob", FactorOptional: true})
	answer, err := f.BeginSignIn(t.Context(), "bob", password)
	f.ok(err)
	if answer.Next != verifier.NextDone || !slices.Equal(answer.Issued.Session.AMR, []string{"pwd"}) {
		t.Fatalf("got %+v", answer)
	}
	// Once there is a key it is always asked for, and the old session is worth less.
	token := answer.Issued.Token
	_, err = f.BeginStepUp(t.Context(), token)
	f.refused(err, verifier.ErrReauthenticate)
	key := testkey.New(ceremony.AlgES256)
	f.enroll(token, key)
	f.begin("bob")
	_, err = f.BeginRegistration(t.Context(), token, verifier.SecurityKey)
	f.refused(err, verifier.ErrReauthenticate)
	f.refused(f.DeleteCredential(t.Context(), token, key.ID, true), verifier.ErrReauthenticate)
	if session := f.stepUp(token, key); !slices.Contains(session.AMR, "hwk") {
		t.Errorf("amr is %v after a step-up", session.AMR)
	}
	f.ok(f.DeleteCredential(t.Context(), token, key.ID, false)) // optional, so it is no lock-out
}

func TestRehash(t *testing.T) {
	f := newFixture(t)
	hash := func() (out string) {
		f.ok(f.store.View(t.Context(), func(tx verifier.Tx) error {
			account, err := tx.Account(f.alice.ID)
			out = account.PasswordHash
			return err
		}))
		return out
	}
	before := hash()
	f.grant("alice")
	if hash() != before {
		t.Error("the hash was changed without need")
	}
	f.options.Password.Passes = 2
	f.reopen()
	f.grant("alice")
	if !strings.HasPrefix(hash(), "$argon2id$v=19$m=8,t=2,p=1$") {
		t.Errorf("the hash is %s", hash())
	}
	f.grant("alice")
}

func TestPasswordsAreTheSameInEveryForm(t *testing.T) {
	f := bareFixture(t, memstore.New())
	_, _, err := f.CreateOrganization(t.Context(), verifier.NewOrganization{Name: "x", RPID: rpID,
		Administrator: verifier.NewAccount{Username: "alice", Password: "gru\u0308\u00dfe aus Ko\u0308ln"}})
	f.ok(err)
	_, err = f.BeginSignIn(t.Context(), "alice", "gr\u00fc\u00dfe aus K\u00f6ln")
	f.ok(err)
}
