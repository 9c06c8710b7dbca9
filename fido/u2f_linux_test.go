//go:build cgo

package fido

import (
	"crypto/sha256"
	"testing"

	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/fido/ceremony"
	"latchkey/fido/virtualkey"
)

// importU2F registers a credential with a U2F-only key behind this package's back, as
// an older program has done.
func (p *party) importU2F(t *testing.T, key *virtualkey.Key) {
	t.Helper()
	s, err := openSession(t.Context(), newDriver(), ceremony.Device{Path: key.Path()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	var got attestation
	err = dialogue{&person{onTouch: touchedBy(key)}, ceremony.PurposeCreate}.touching(t.Context(), s, func() (err error) {
		got, err = s.key.makeCredential(credentialRequest{
			clientDataHash: sha256.Sum256([]byte("{}")), rp: ceremony.RelyingParty{ID: rpID}, algorithm: ceremony.AlgES256,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := parseAuthenticatorData(got.authData)
	if err != nil {
		t.Fatal(err)
	}
	publicKey := got.authData[32+1+4+16+2+len(data.credentialID):]
	p.credentials = append(p.credentials, webauthn.Credential{ID: got.id, PublicKey: publicKey, AttestationType: "fido-u2f"})
}

func TestU2FOnlyIsNotEnrolled(t *testing.T) {
	key := plugIn(t, virtualkey.Options{U2FOnly: true})
	at := &person{}
	_, err := keysAt(t, key.Path()).Create(t.Context(), newParty(t, "").creation(), at)
	wantError(t, err, ceremony.ErrU2FOnly)
	at.expect(t, 0, 0, 0)
}

func TestU2FOnlySignsIn(t *testing.T) {
	key := plugIn(t, virtualkey.Options{U2FOnly: true, Touch: virtualkey.TouchAsk})
	p := newParty(t, ceremony.VerificationPreferred)
	p.importU2F(t, key)
	p.importU2F(t, key) // a second one, which must not cost a second touch
	before := key.Touches()
	at := &person{onTouch: touchedBy(key)}
	p.signIn(t, keysAt(t, key.Path()), at)
	at.expect(t, 0, 0, 1)
	if touches := key.Touches() - before; touches != 1 {
		t.Errorf("%d touches to sign in", touches)
	}
}

func TestU2FOnlyCannotVerifyItsUser(t *testing.T) {
	key := plugIn(t, virtualkey.Options{U2FOnly: true, Touch: virtualkey.TouchAsk})
	p := newParty(t, ceremony.VerificationRequired)
	p.importU2F(t, key)
	at := &person{}
	_, err := keysAt(t, key.Path()).Assert(t.Context(), p.request(), at)
	wantError(t, err, ceremony.ErrUnsupported)
	at.expect(t, 0, 0, 0)
}

func TestU2FOnlyBesideAFIDO2Key(t *testing.T) {
	old := plugIn(t, virtualkey.Options{U2FOnly: true, Touch: virtualkey.TouchAsk})
	modern := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	k := keysAt(t, old.Path(), modern.Path())
	p := newParty(t, ceremony.VerificationDiscouraged)
	at := &person{onTouch: touchedBy(modern)}
	if created := p.enrol(t, k, at); created.Device.Path != modern.Path() {
		t.Errorf("enrolled %s", created.Device.Path)
	}
	at.expect(t, 0, 0, 1) // there is no choice between a key that can and one that cannot

	p.credentials = nil
	p.importU2F(t, old)
	if asserted := p.signIn(t, k, &person{onTouch: touchedBy(old)}); asserted.Device.Path != old.Path() {
		t.Errorf("signed with %s", asserted.Device.Path)
	}
}

func TestInspectU2FOnly(t *testing.T) {
	key := plugIn(t, virtualkey.Options{U2FOnly: true})
	info, err := keysAt(t, key.Path()).Inspect(t.Context(), key.Path())
	if err != nil {
		t.Fatal(err)
	}
	if !info.U2FOnly() || info.PINSet || info.PINRetries != -1 || info.ResidentFree != -1 {
		t.Errorf("%+v", info)
	}
}
