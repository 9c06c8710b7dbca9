package desktop

import (
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

func TestFactorSaysNoMoreThanIsKnown(t *testing.T) {
	w := &Window{Deps: Deps{Companion: newFake(newClock().Now)}}
	for want, session := range map[string]verifier.Session{
		"Password":                     {AMR: []string{"pwd"}},
		"YubiKey 5 NFC and password":   {AMR: []string{"pwd", "hwk", "user", "mfa"}, CredentialID: ceremony.Bytes("key")},
		"YubiKey 5 NFC, PIN and touch": {AMR: []string{"pwd", "hwk", "pin", "mfa"}, CredentialID: ceremony.Bytes("key")},
	} {
		if got := w.factor(session, nil); got != want {
			t.Errorf("%v: %q, want %q", session.AMR, got, want)
		}
	}
}

func TestFactorNamesTheComputerOfAKey(t *testing.T) {
	w := &Window{Deps: Deps{Companion: newFake(newClock().Now), Computer: "falcon"}}
	session := verifier.Session{AMR: []string{"pwd", "hwk", "user", "mfa"}, CredentialID: ceremony.Bytes("key")}
	for computer, want := range map[string]string{
		"falcon": "Security chip on this computer and password",
		"heron":  "Security chip on heron and password",
		"":       "Security chip and password",
	} {
		key := verifier.Credential{
			ID: session.CredentialID, Kind: verifier.DeviceAuthenticator, AAGUID: modelOfKind(ceremony.KindTPM), Computer: computer,
		}
		if got := w.factor(session, []verifier.Credential{{ID: ceremony.Bytes("other")}, key}); got != want {
			t.Errorf("%q: %q, want %q", computer, got, want)
		}
	}
}

// nameless is a Companion that knows no models.
type nameless struct{ *fake }

func (nameless) Model([16]byte) string { return "" }

func TestFactorOfAnUnknownModelHasTheNameOfTheKey(t *testing.T) {
	w := &Window{Deps: Deps{Companion: nameless{newFake(newClock().Now)}, Computer: "falcon"}}
	session := verifier.Session{AMR: []string{"pwd", "hwk", "user", "mfa"}, CredentialID: ceremony.Bytes("key")}
	key := verifier.Credential{ID: session.CredentialID, Name: "Windows Hello on falcon", Kind: verifier.DeviceAuthenticator, Computer: "falcon"}
	if got, want := w.factor(session, []verifier.Credential{key}), "Windows Hello on falcon and password"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Anna Berg": "AB", "anna": "A", "Anna Maria von Berg": "AB", "Élise": "É", "": "",
	} {
		if got := initials(name); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}
