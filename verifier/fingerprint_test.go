package verifier_test

import (
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

// TestFingerprintIsForTheOrganizationToAllow: a finger that the operating system has
// recognised counts while an administrator says so.
func TestFingerprintIsForTheOrganizationToAllow(t *testing.T) {
	f := newFixture(t)
	adminKey := f.newKey("alice")
	admin := f.signIn("alice", adminKey)
	f.add(admin.Token, verifier.NewAccount{Username: "bob"})

	finger := newFinger()
	grant := f.grant("bob")
	begun, err := f.BeginRegistration(t.Context(), grant, verifier.DeviceAuthenticator)
	f.ok(err)
	_, err = f.FinishRegistration(t.Context(), grant, begun.CeremonyID, finger.Create(begun.Options), verifier.Label{})
	f.refused(err, verifier.ErrFingerprint)
	f.expectEvent("bob", "credential.refused", "fingerprint_refused")

	f.ok(f.AllowFingerprint(t.Context(), admin.Token, true))
	f.expectEvent("alice", "policy.changed", "ok")
	begun, err = f.BeginRegistration(t.Context(), grant, verifier.DeviceAuthenticator)
	f.ok(err)
	credential, err := f.FinishRegistration(t.Context(), grant, begun.CeremonyID, finger.Create(begun.Options), verifier.Label{Computer: "falcon"})
	f.ok(err)
	if credential.Computer != "falcon" {
		t.Errorf("enrolled %+v", credential)
	}
	bob := f.signIn("bob", finger)

	// Begun while it was allowed, finished after.
	caught := f.begin("bob")
	f.ok(f.AllowFingerprint(t.Context(), admin.Token, false))
	_, err = f.FinishSignIn(t.Context(), caught.CeremonyID, finger.Assert(*caught.Request))
	f.refused(err, verifier.ErrFingerprint)
	_, err = f.Session(t.Context(), bob.Token)
	f.refused(err, verifier.ErrSignedOut)
	_, err = f.BeginSignIn(t.Context(), "bob", password)
	f.refused(err, verifier.ErrFactorRequired)

	// The way back: a key that counts, enrolled with leave of an administrator.
	f.ok(f.OpenEnrollment(t.Context(), admin.Token, "bob"))
	key := f.newKey("bob")
	again := f.signIn("bob", key)
	if answer := f.begin("bob"); len(answer.Request.AllowCredentials) != 1 {
		t.Errorf("asked for %d keys", len(answer.Request.AllowCredentials))
	}
	// What does not count goes without much ado, and is no last resort either.
	f.refused(f.DeleteCredential(t.Context(), again.Token, key.ID, false), verifier.ErrLastFactor)
	f.ok(f.DeleteCredential(t.Context(), again.Token, finger.ID, false))
}

func TestOnlyAdministratorsDecideAboutFingerprints(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	admin := f.signIn("alice", key)
	f.add(admin.Token, verifier.NewAccount{Username: "bob"})
	bob := f.signIn("bob", f.newKey("bob"))
	f.refused(f.AllowFingerprint(t.Context(), bob.Token, true), verifier.ErrForbidden)
	f.clock.Turn(6 * time.Minute)
	f.refused(f.AllowFingerprint(t.Context(), admin.Token, true), verifier.ErrReauthenticate)
	f.stepUp(admin.Token, key)
	f.ok(f.AllowFingerprint(t.Context(), admin.Token, true))
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
