package verifier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
	"latchkey/verifier/internal/testkey"
	"latchkey/verifier/memstore"
)

// The fuzz targets run against a verifier whose keys, challenges and times are the
// same in each process, so that the honest response is a seed that inputs grow from.
var (
	fuzzNow       = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	fuzzChallenge = bytes.Repeat([]byte{7}, 32)
)

const fuzzCeremony = "the-ceremony"

// fuzzVerifier has one account, waiting for one ceremony.
func fuzzVerifier(t testing.TB, purpose verifier.Purpose, authority []byte) (*verifier.Verifier, verifier.Store) {
	store := memstore.New()
	key := testkey.Seeded(1)
	account := verifier.AccountRecord{Account: verifier.Account{ID: "a", Username: "alice"}, UserHandle: []byte("handle"), EnrollmentOpen: true}
	err := store.Update(t.Context(), func(tx verifier.Tx) error {
		errs := []error{
			tx.InsertOrganization(verifier.Organization{ID: "o", RPID: rpID}),
			tx.InsertAccount(account),
			tx.InsertChallenge(verifier.Challenge{ID: fuzzCeremony, Purpose: purpose, AccountID: "a", Authority: authority,
				Kind: verifier.SecurityKey, Value: fuzzChallenge, CreatedAt: fuzzNow, ExpiresAt: fuzzNow.Add(time.Minute)}),
		}
		if purpose == verifier.PurposeRegister {
			errs = append(errs, tx.InsertGrant(verifier.Grant{Hash: authority, AccountID: "a", ExpiresAt: fuzzNow.Add(time.Minute)}))
		} else {
			errs = append(errs, tx.InsertCredential(verifier.CredentialRecord{PublicKey: key.PublicKey, Credential: verifier.Credential{
				ID: key.ID, AccountID: "a", Kind: verifier.SecurityKey, CreatedAt: fuzzNow}}))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	made, err := verifier.New(store, verifier.Options{Clock: func() time.Time { return fuzzNow }, Password: lightPassword})
	if err != nil {
		t.Fatal(err)
	}
	return made, store
}

// onlyRefusals makes sure that a failure is a refusal, and none that blames us.
func onlyRefusals(t *testing.T, err error) {
	refusal, ok := errors.AsType[*verifier.Error](err)
	if !ok || refusal.Code == verifier.CodeInternal || strings.HasPrefix(string(refusal.Code), "store_") {
		t.Fatalf("got %v", err)
	}
}

func FuzzAuthenticationResponse(f *testing.F) {
	honest := testkey.Seeded(1).Assert(ceremony.RequestOptions{Challenge: fuzzChallenge, RPID: rpID})
	seed, err := json.Marshal(honest)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(bytes.ReplaceAll(seed, []byte(`"rawId"`), []byte(`"RawId"`)))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, input []byte) {
		var response ceremony.AuthenticationResponse
		if json.Unmarshal(input, &response) != nil {
			return
		}
		relyingParty, _ := fuzzVerifier(t, verifier.PurposeSignIn, nil)
		issued, err := relyingParty.FinishSignIn(t.Context(), fuzzCeremony, response)
		if bytes.Equal(input, seed) && err != nil {
			t.Fatalf("the honest response is refused: %v", err)
		}
		if err != nil {
			onlyRefusals(t, err)
			return
		}
		if !bytes.Equal(response.ID, honest.ID) || !bytes.Equal(response.RawID, honest.ID) ||
			!bytes.Equal(response.Response.ClientDataJSON, honest.Response.ClientDataJSON) ||
			!bytes.Equal(response.Response.AuthenticatorData, honest.Response.AuthenticatorData) ||
			!bytes.Equal(response.Response.Signature, honest.Response.Signature) {
			t.Fatalf("accepted %s for %+v", input, issued.Session)
		}
	})
}

func FuzzRegistrationResponse(f *testing.F) {
	grant := strings.Repeat("A", 43) // 32 zero bytes
	hash := []byte("\x66\x68\x7a\xad\xf8\x62\xbd\x77\x6c\x8f\xc1\x8b\x8e\x9f\x8e\x20\x08\x97\x14\x85\x6e\xe2\x33\xb3\x90\x2a\x59\x1d\x0d\x5f\x29\x25")
	options := ceremony.CreationOptions{Challenge: fuzzChallenge, RP: ceremony.RelyingParty{ID: rpID}}
	honest := testkey.Seeded(1).Create(options)
	seed, err := json.Marshal(honest)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	bare := testkey.Seeded(1)
	bare.Format = "none"
	unattested, err := json.Marshal(bare.Create(options))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Replace(unattested, []byte(`"id":"`), []byte(`"id":"A`), 1))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, input []byte) {
		var response ceremony.RegistrationResponse
		if json.Unmarshal(input, &response) != nil {
			return
		}
		relyingParty, store := fuzzVerifier(t, verifier.PurposeRegister, hash)
		credential, err := relyingParty.FinishRegistration(t.Context(), grant, fuzzCeremony, response, verifier.Label{})
		if bytes.Equal(input, seed) && err != nil {
			t.Fatalf("the honest response is refused: %v", err)
		}
		if err != nil {
			onlyRefusals(t, err)
			return
		}
		// Without an attestation nothing is signed, and any key is as good as another;
		// but the challenge, the origin and the RP ID have to be there.
		var record verifier.CredentialRecord
		if err := store.View(t.Context(), func(tx verifier.Tx) (err error) {
			record, err = tx.Credential(credential.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		attested := record.AttestationFormat != "none"
		if attested && (!bytes.Equal(response.ID, honest.ID) || !bytes.Equal(record.PublicKey, testkey.Seeded(1).PublicKey)) ||
			attested && !bytes.Equal(response.Response.ClientDataJSON, honest.Response.ClientDataJSON) ||
			!honestClientData(response.Response.ClientDataJSON, ceremony.TypeCreate) || !record.UserVerified {
			t.Fatalf("accepted %s as %+v", input, record)
		}
	})
}

// FuzzClientData signs whatever it is given: the key is honest, the client is not.
func FuzzClientData(f *testing.F) {
	honest := ceremony.ClientData(ceremony.TypeGet, fuzzChallenge, rpID)
	f.Add(honest)
	for _, warp := range clientDataLies {
		f.Add(warp(bytes.Clone(honest)))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		relyingParty, _ := fuzzVerifier(t, verifier.PurposeSignIn, nil)
		key := testkey.Seeded(1)
		key.ClientData = func([]byte) []byte { return input }
		response := key.Assert(ceremony.RequestOptions{Challenge: fuzzChallenge, RPID: rpID})
		_, err := relyingParty.FinishSignIn(t.Context(), fuzzCeremony, response)
		if bytes.Equal(input, honest) && err != nil {
			t.Fatalf("honest client data is refused: %v", err)
		}
		if err != nil {
			onlyRefusals(t, err)
			return
		}
		if !honestClientData(input, ceremony.TypeGet) {
			t.Fatalf("accepted %q", input)
		}
	})
}

// honestClientData judges client data in another way than the verifier does.
func honestClientData(data []byte, kind string) bool {
	var members map[string]any
	if json.Unmarshal(data, &members) != nil {
		return false
	}
	folded := map[string]bool{}
	for name := range members {
		switch lower := strings.ToLower(name); lower {
		case "type", "challenge", "origin", "crossorigin", "toporigin", "tokenbinding":
			if folded[lower] {
				return false
			}
			folded[lower] = true
		}
	}
	cross, present := members["crossOrigin"]
	return members["type"] == kind && members["challenge"] == ceremony.Bytes(fuzzChallenge).String() &&
		members["origin"] == "https://"+rpID && (!present || cross == false) && !folded["toporigin"]
}
