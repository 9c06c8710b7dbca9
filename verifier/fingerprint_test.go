package verifier_test

import (
	"slices"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
	"latchkey/verifier/internal/testkey"
)

// newFinger is a key as platform/tpm makes it behind a fingerprint reader.
func newFinger() *testkey.Key {
	key := testkey.New(ceremony.AlgES256)
	key.AAGUID = [16]byte([]byte("LatchkeyLinuxFPR"))
	return key
}

// enrollDevice makes a credential that is built into a computer.
func (f *fixture) enrollDevice(authority string, key *testkey.Key) (verifier.Credential, error) {
	f.Helper()
	begun, err := f.BeginRegistration(f.Context(), authority, verifier.DeviceAuthenticator)
	f.ok(err)
	return f.FinishRegistration(f.Context(), authority, begun.CeremonyID, key.Create(begun.Options), verifier.Label{Computer: "falcon"})
}

// allow sets the policy and returns who is locked out by it.
func (f *fixture) allow(token string, allowed bool) (lockedOut []string) {
	f.Helper()
	accounts, err := f.AllowFingerprint(f.Context(), token, allowed)
	f.ok(err)
	for _, account := range accounts {
		lockedOut = append(lockedOut, account.Username)
	}
	return lockedOut
}

// keys are how many keys that count a list of people shows for somebody.
func (f *fixture) keys(token, username string) int {
	f.Helper()
	everybody, err := f.Accounts(f.Context(), token)
	f.ok(err)
	for _, account := range everybody {
		if account.Username == username {
			return account.Keys
		}
	}
	f.Fatalf("%s is not in the list", username)
	return 0
}

// TestFingerprintIsForTheOrganizationToAllow: a finger that the operating system has
// recognised counts while an administrator says so.
func TestFingerprintIsForTheOrganizationToAllow(t *testing.T) {
	f := newFixture(t)
	admin := f.signIn("alice", f.newKey("alice"))
	f.add(admin.Token, verifier.NewAccount{Username: "bob"})

	finger := newFinger()
	grant := f.grant("bob")
	_, err := f.enrollDevice(grant, finger)
	f.refused(err, verifier.ErrFingerprint)
	f.expectEvent("bob", "credential.refused", "fingerprint_refused")

	f.allow(admin.Token, true)
	f.expectEvent("alice", "policy.changed", "ok")
	credential, err := f.enrollDevice(grant, finger)
	f.ok(err)
	if credential.Computer != "falcon" {
		t.Errorf("enrolled %+v", credential)
	}
	bob := f.signIn("bob", finger)

	for token, want := range map[string]*verifier.Error{admin.Token: nil, bob.Token: verifier.ErrForbidden} {
		only, err := f.FingerprintOnly(t.Context(), token)
		if want != nil {
			f.refused(err, want)
		} else if f.ok(err); len(only) != 1 || only[0].Username != "bob" {
			t.Errorf("only a finger has %+v", only)
		}
	}

	// Begun while it was allowed, finished after.
	caught := f.begin("bob")
	if lockedOut := f.allow(admin.Token, false); !slices.Equal(lockedOut, []string{"bob"}) {
		t.Errorf("locked out are %q", lockedOut)
	}
	_, err = f.FinishSignIn(t.Context(), caught.CeremonyID, finger.Assert(*caught.Request))
	f.refused(err, verifier.ErrFingerprint)
	_, err = f.Session(t.Context(), bob.Token)
	f.refused(err, verifier.ErrSignedOut)
	_, err = f.BeginSignIn(t.Context(), "bob", password)
	f.refused(err, verifier.ErrFactorRequired)
	if count := f.keys(admin.Token, "bob"); count != 0 {
		t.Errorf("bob has %d keys that count", count)
	}

	// The way back: a key that counts, enrolled with leave of an administrator.
	f.ok(f.OpenEnrollment(t.Context(), admin.Token, "bob"))
	key := f.newKey("bob")
	again := f.signIn("bob", key)
	if answer := f.begin("bob"); len(answer.Request.AllowCredentials) != 1 {
		t.Errorf("asked for %d keys", len(answer.Request.AllowCredentials))
	}
	if count := f.keys(admin.Token, "bob"); count != 1 {
		t.Errorf("bob has %d keys that count", count)
	}
	// What does not count goes without much ado, and is no last resort either.
	f.refused(f.DeleteCredential(t.Context(), again.Token, key.ID, false), verifier.ErrLastFactor)
	f.ok(f.DeleteCredential(t.Context(), again.Token, finger.ID, false))
}

// TestNoAdministratorRefusesTheirOwnFinger: it could be the last one's only key.
func TestNoAdministratorRefusesTheirOwnFinger(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	admin := f.signIn("alice", key)
	f.allow(admin.Token, true)
	finger := newFinger()
	_, err := f.enrollDevice(admin.Token, finger)
	f.ok(err)
	byFinger := f.signIn("alice", finger)
	_, err = f.AllowFingerprint(t.Context(), byFinger.Token, false)
	f.refused(err, verifier.ErrInvalid)
	_, err = f.Session(t.Context(), byFinger.Token)
	f.ok(err)
	if lockedOut := f.allow(admin.Token, false); len(lockedOut) != 0 {
		t.Errorf("locked out are %q, who have another key", lockedOut)
	}
}

// TestRefusedFingerLeavesNoSessionBehind: not even where its key was deleted before.
func TestRefusedFingerLeavesNoSessionBehind(t *testing.T) {
	f := newFixture(t)
	admin := f.signIn("alice", f.newKey("alice"))
	f.allow(admin.Token, true)
	f.add(admin.Token, verifier.NewAccount{Username: "bob"})
	finger, key := newFinger(), testkey.New(ceremony.AlgES256)
	_, err := f.enrollDevice(f.grant("bob"), finger)
	f.ok(err)
	bob := f.signIn("bob", finger)
	f.enroll(bob.Token, key)
	f.ok(f.DeleteCredential(t.Context(), bob.Token, finger.ID, false))
	stepped := f.signIn("bob", key)
	f.allow(admin.Token, false)
	_, err = f.Session(t.Context(), bob.Token)
	f.refused(err, verifier.ErrSignedOut)
	_, err = f.Session(t.Context(), stepped.Token)
	f.ok(err)
}

// TestRefusedFingerMakesNoPasswordEnough for somebody who need not have a key, and has one.
func TestRefusedFingerMakesNoPasswordEnough(t *testing.T) {
	f := newFixture(t)
	admin := f.signIn("alice", f.newKey("alice"))
	f.allow(admin.Token, true)
	f.add(admin.Token, verifier.NewAccount{Username: "bob", FactorOptional: true})
	before, err := f.BeginSignIn(t.Context(), "bob", password)
	f.ok(err)
	finger := newFinger()
	_, err = f.enrollDevice(before.Issued.Token, finger)
	f.ok(err)
	f.allow(admin.Token, false)
	_, err = f.BeginSignIn(t.Context(), "bob", password)
	f.refused(err, verifier.ErrFactorRequired)
	_, err = f.BeginRegistration(t.Context(), before.Issued.Token, verifier.SecurityKey)
	f.refused(err, verifier.ErrReauthenticate)
}

// TestLeaveToEnrolEndsWithAKeyThatCounts, also where it counts again because a policy was
// turned back.
func TestLeaveToEnrolEndsWithAKeyThatCounts(t *testing.T) {
	f := newFixture(t)
	admin := f.signIn("alice", f.newKey("alice"))
	f.allow(admin.Token, true)
	f.add(admin.Token, verifier.NewAccount{Username: "bob"})
	finger := newFinger()
	_, err := f.enrollDevice(f.grant("bob"), finger)
	f.ok(err)
	f.allow(admin.Token, false)
	f.ok(f.OpenEnrollment(t.Context(), admin.Token, "bob"))
	grant := f.grant("bob")
	f.allow(admin.Token, true)
	_, err = f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
	f.refused(err, verifier.ErrSignedOut)

	bob := f.signIn("bob", finger)
	f.ok(f.DeleteCredential(t.Context(), bob.Token, finger.ID, true))
	_, err = f.BeginSignIn(t.Context(), "bob", password)
	f.refused(err, verifier.ErrFactorRequired)
}

// TestSoftwareTPMIsAVirtualKey: what it keeps can be copied.
func TestSoftwareTPMIsAVirtualKey(t *testing.T) {
	for _, model := range []string{"LatchkeyVirtTPM!", "LatchkeyVirtFPR!"} {
		f := newFixture(t)
		admin := f.signIn("alice", f.newKey("alice"))
		f.allow(admin.Token, true)
		key := newFinger()
		key.AAGUID = [16]byte([]byte(model))
		_, err := f.enrollDevice(admin.Token, key)
		f.refused(err, verifier.ErrVirtualKey)
	}
}

func TestOnlyAdministratorsDecideAboutFingerprints(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	admin := f.signIn("alice", key)
	f.add(admin.Token, verifier.NewAccount{Username: "bob"})
	bob := f.signIn("bob", f.newKey("bob"))
	_, err := f.AllowFingerprint(t.Context(), bob.Token, true)
	f.refused(err, verifier.ErrForbidden)
	f.clock.Turn(6 * time.Minute)
	_, err = f.AllowFingerprint(t.Context(), admin.Token, true)
	f.refused(err, verifier.ErrReauthenticate)
	f.stepUp(admin.Token, key)
	f.allow(admin.Token, true)
}

// TestKeysBelongToNoComputer: what is plugged in is not bound to the computer that it was
// enrolled on.
func TestKeysBelongToNoComputer(t *testing.T) {
	f := newFixture(t)
	grant := f.grant("alice")
	begun, err := f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
	f.ok(err)
	made := testkey.New(ceremony.AlgES256).Create(begun.Options)
	_, err = f.FinishRegistration(t.Context(), grant, begun.CeremonyID, made, verifier.Label{Computer: "a\nb"})
	f.refused(err, verifier.ErrInvalid)
	credential, err := f.FinishRegistration(t.Context(), grant, begun.CeremonyID, made, verifier.Label{Computer: "falcon"})
	f.ok(err)
	if credential.Computer != "" {
		t.Errorf("the key belongs to %q", credential.Computer)
	}
}
