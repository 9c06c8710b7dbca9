package companion_test

import (
	"errors"
	"testing"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// TestADeletedKeyIsForgottenByTheComputer that it was built into, and by it alone.
func TestADeletedKeyIsForgottenByTheComputer(t *testing.T) {
	stick, chip := &key{kind: ceremony.KindSecurityKey}, &key{kind: ceremony.KindTPM}
	c := newCompanion(assertParty(), &vault{token: "token"}, stick, chip)
	if err := c.DeleteKey(t.Context(), ceremony.Bytes("id"), false, nil); err != nil {
		t.Fatal(err)
	}
	if len(stick.rolledBack) != 0 || len(chip.rolledBack) != 1 || string(chip.rolledBack[0]) != "id" {
		t.Errorf("the key forgot %q, the chip %q", stick.rolledBack, chip.rolledBack)
	}
}

func TestTheRefusalIsSaidWhereRollingBackFails(t *testing.T) {
	p, chip := assertParty(), &key{kind: ceremony.KindTPM, rollbackErr: ceremony.ErrNoAccess}
	p.finishRefuse = verifier.ErrFingerprint
	_, err := newCompanion(p, &vault{token: "token"}, chip).Enroll(t.Context(), "", companion.Enrollment{Kind: ceremony.KindTPM}, nil)
	if got := companion.Describe(err).Code; got != string(verifier.CodeFingerprint) || len(chip.rolledBack) != 1 {
		t.Errorf("%s: %v", got, err)
	}
}

func TestLocksOut(t *testing.T) {
	finger := verifier.Credential{ID: []byte("finger"), AAGUID: [16]byte([]byte("LatchkeyLinuxFPR"))}
	stick, other := verifier.Credential{ID: []byte("stick")}, verifier.Credential{ID: []byte("other")}
	for name, test := range map[string]struct {
		required, allowed bool
		keys              []verifier.Credential
		key               verifier.Credential
		want              bool
	}{
		"the only one":              {true, false, []verifier.Credential{stick}, stick, true},
		"one of two":                {true, false, []verifier.Credential{stick, other}, stick, false},
		"not required":              {false, false, []verifier.Credential{stick}, stick, false},
		"beside a refused one":      {true, false, []verifier.Credential{finger, stick}, stick, true},
		"beside one that counts":    {true, true, []verifier.Credential{finger, stick}, stick, false},
		"refused itself":            {true, false, []verifier.Credential{finger, stick}, finger, false},
		"refused, and the only one": {true, false, []verifier.Credential{finger}, finger, false},
	} {
		session := verifier.Session{
			Account:      verifier.Account{FactorRequired: test.required},
			Organization: verifier.Organization{FingerprintAllowed: test.allowed},
		}
		if got := companion.LocksOut(session, test.keys, test.key); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestWhatIsBuiltInIsNamedAfterTheComputer(t *testing.T) {
	for kind, want := range map[ceremony.Kind]string{
		ceremony.KindTPM: "Security chip on falcon", ceremony.KindFingerprint: "Fingerprint on falcon",
		ceremony.KindTouchID: "Touch ID on falcon", ceremony.KindWindowsHello: "Windows Hello on falcon",
	} {
		p := assertParty()
		p.fingerprint = true
		c := newCompanion(p, &vault{token: "token"}, &key{kind: kind, title: "whatever"})
		c.Computer = "falcon\n"
		credential, err := c.Enroll(t.Context(), "", companion.Enrollment{Kind: kind}, nil)
		if err != nil || credential.Name != want || credential.Computer != "falcon" || p.kind != verifier.DeviceAuthenticator {
			t.Errorf("%s: enrolled %+v as %s: %v", kind, credential, p.kind, err)
		}
	}
}

func TestAFingerIsOfferedWherePolicyWantsIt(t *testing.T) {
	p := assertParty()
	reader := &key{kind: ceremony.KindFingerprint}
	c := newCompanion(p, &vault{token: "token"}, &key{kind: ceremony.KindSecurityKey, problem: ceremony.ErrNoDevice}, reader)
	offer, ok := companion.ThisComputer(c.Offers(t.Context()))
	if !ok || offer.State == ceremony.StateReady || companion.Describe(offer.Problem).Code != string(verifier.CodeFingerprint) {
		t.Errorf("offered %+v", offer)
	}
	_, err := c.Enroll(t.Context(), "", companion.Enrollment{Kind: ceremony.KindFingerprint}, nil)
	if !errors.Is(err, verifier.ErrFingerprint) || len(p.calls) != 0 {
		t.Errorf("enrolled: %v, calls %q", err, p.calls)
	}
	p.RelyingParty = checkedParty{}
	for _, check := range c.Doctor(t.Context()) {
		if check.Name == "fingerprint" { // it would tell everybody, with a reader or without
			t.Errorf("the self-check says %+v", check)
		}
	}
	p.fingerprint = true
	if offer, ok := companion.ThisComputer(c.Offers(t.Context())); !ok || offer.State != ceremony.StateReady {
		t.Errorf("offered %+v", offer)
	}
}

func TestThisComputerIsWhatNeedsTheLeast(t *testing.T) {
	of := func(kind ceremony.Kind, state ceremony.State) ceremony.Availability {
		return ceremony.Availability{Kind: kind, State: state}
	}
	stick := of(ceremony.KindSecurityKey, ceremony.StateReady)
	for name, test := range map[string]struct {
		offers []ceremony.Availability
		want   ceremony.Kind
	}{
		"ready":      {[]ceremony.Availability{stick, of(ceremony.KindTPM, ceremony.StateAbsent), of(ceremony.KindFingerprint, ceremony.StateReady)}, ceremony.KindFingerprint},
		"both ready": {[]ceremony.Availability{of(ceremony.KindFingerprint, ceremony.StateReady), of(ceremony.KindTPM, ceremony.StateReady)}, ceremony.KindTPM},
		"set up":     {[]ceremony.Availability{of(ceremony.KindTPM, ceremony.StateNoAccess), of(ceremony.KindFingerprint, ceremony.StateNotSetUp)}, ceremony.KindFingerprint},
		"absent":     {[]ceremony.Availability{of(ceremony.KindTPM, ceremony.StateUnsupported), of(ceremony.KindTouchID, ceremony.StateAbsent)}, ceremony.KindTouchID},
		"none":       {[]ceremony.Availability{stick}, ""},
	} {
		got, ok := companion.ThisComputer(test.offers)
		if got.Kind != test.want || ok != (test.want != "") {
			t.Errorf("%s: %s, %t", name, got.Kind, ok)
		}
	}
}
