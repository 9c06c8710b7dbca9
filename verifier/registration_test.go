package verifier_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
	"latchkey/verifier/internal/testkey"
)

// replaced changes client data textually.
func replaced(old, new string) func([]byte) []byte {
	return func(data []byte) []byte {
		if !bytes.Contains(data, []byte(old)) {
			panic("no " + old + " in the client data")
		}
		return bytes.Replace(data, []byte(old), []byte(new), 1)
	}
}

// clientDataLies are client data that no honest client of ours sends. They are
// signed properly, so that only the member itself can be what is refused.
var clientDataLies = map[string]func([]byte) []byte{
	"wrong type":             replaced(`"type":"webauthn.`, `"type":"payment.`),
	"type in another case":   replaced(`"type":"webauthn`, `"type":"Webauthn`),
	"wrong challenge":        replaced(`"challenge":"`, `"challenge":"A`),
	"no challenge":           replaced(`"challenge"`, `"challenger"`),
	"member in upper case":   replaced(`"challenge"`, `"Challenge"`),
	"member in title case":   replaced(`"type"`, `"Type"`),
	"origin member case":     replaced(`"origin"`, `"ORIGIN"`),
	"second member alike":    replaced(`"origin"`, `"Origin":"https://evil.example","origin"`),
	"member twice":           replaced(`"origin"`, `"origin":"https://evil.example","origin"`),
	"another origin":         replaced(`https://portal.example.com`, `https://evil.example`),
	"origin in upper case":   replaced(`https://portal.example.com`, `https://PORTAL.example.com`),
	"origin with a slash":    replaced(`https://portal.example.com`, `https://portal.example.com/`),
	"origin with a port":     replaced(`https://portal.example.com`, `https://portal.example.com:443`),
	"origin with user":       replaced(`https://portal.example.com`, `https://x@portal.example.com`),
	"origin over http":       replaced(`https://portal.example.com`, `http://portal.example.com`),
	"origin below":           replaced(`https://portal.example.com`, `https://a.portal.example.com`),
	"cross-origin":           replaced(`"crossOrigin":false`, `"crossOrigin":true`),
	"cross-origin as null":   replaced(`"crossOrigin":false`, `"crossOrigin":null`),
	"cross-origin case":      replaced(`"crossOrigin":false`, `"crossorigin":true`),
	"a top origin":           replaced(`"crossOrigin":false`, `"crossOrigin":false,"topOrigin":"https://portal.example.com"`),
	"an empty top origin":    replaced(`"crossOrigin":false`, `"crossOrigin":false,"topOrigin":""`),
	"a token binding":        replaced(`"crossOrigin":false`, `"tokenBinding":{"status":"present","id":"x"}`),
	"something behind":       func(data []byte) []byte { return append(data, []byte(` {}`)...) },
	"a byte-order mark":      func(data []byte) []byte { return append([]byte("\xef\xbb\xbf"), data...) },
	"an array":               func(data []byte) []byte { return slices.Concat([]byte("["), data, []byte("]")) },
	"not JSON":               func([]byte) []byte { return []byte("{") },
	"nothing":                func([]byte) []byte { return nil },
	"not UTF-8":              replaced(`"crossOrigin":false`, "\"x\":\"\xff\""),
	"too long":               replaced(`"crossOrigin":false`, `"x":"`+strings.Repeat("x", 8<<10)+`"`),
	"type that is no string": replaced(`"type":"webauthn.`, `"type":1,"x":"`),
}

// authDataLies are authenticator data under a proper signature.
var authDataLies = map[string]func([]byte) []byte{
	"no user presence":         func(data []byte) []byte { data[32] &^= testkey.UP; return data },
	"backed up but ineligible": func(data []byte) []byte { data[32] |= testkey.BS; return data },
	"something behind":         func(data []byte) []byte { return append(data, 0) },
	"extensions without any":   func(data []byte) []byte { data[32] |= testkey.ED; return data },
	"cut short":                func(data []byte) []byte { return data[:36] },
}

// unenrolled makes sure that a refused registration leaves no credential behind and
// the grant alive.
func (f *fixture) unenrolled(grant string) {
	f.Helper()
	f.ok(f.store.View(f.Context(), func(tx verifier.Tx) error {
		credentials, err := tx.CredentialsOf(f.alice.ID)
		if len(credentials) > 0 {
			f.Errorf("there are %d credentials after a refusal", len(credentials))
		}
		return err
	}))
	f.enroll(grant, testkey.New(ceremony.AlgES256))
}

func TestRegistrationRefusesDishonestClientsAndKeys(t *testing.T) {
	type lie struct {
		tell func(*testkey.Key)
		warp func(*ceremony.RegistrationResponse)
		want *verifier.Error
	}
	lies := map[string]lie{
		"another RP ID":       {tell: func(k *testkey.Key) { k.RPID = "evil.example" }},
		"no verification":     {tell: func(k *testkey.Key) { k.Flags = testkey.UP }, want: verifier.ErrUserNotVerified},
		"U2F attestation":     {tell: func(k *testkey.Key) { k.Format = "fido-u2f" }, want: verifier.ErrLegacyKey},
		"unknown attestation": {tell: func(k *testkey.Key) { k.Format = "made-up" }},
		"virtual key": {tell: func(k *testkey.Key) { copy(k.AAGUID[:], "LatchkeyVirtual!") },
			want: verifier.ErrVirtualKey},
		"another key than the one signing": {tell: func(k *testkey.Key) { k.PublicKey = testkey.New(ceremony.AlgES256).PublicKey }},
		"id too long":                      {tell: func(k *testkey.Key) { k.ID = make([]byte, 1024) }},
		"no id":                            {tell: func(k *testkey.Key) { k.ID = nil }},
		"id that is not the attested one":  {warp: func(r *ceremony.RegistrationResponse) { r.ID, r.RawID = []byte("x"), []byte("x") }},
		"id and raw id differ":             {warp: func(r *ceremony.RegistrationResponse) { r.RawID = []byte("x") }},
		"another type":                     {warp: func(r *ceremony.RegistrationResponse) { r.Type = "password" }},
		"unasked extension":                {warp: func(r *ceremony.RegistrationResponse) { r.ClientExtensionResults = map[string]any{"appid": true} }},
		"the other attachment":             {warp: func(r *ceremony.RegistrationResponse) { r.AuthenticatorAttachment = "platform" }},
		"transport with a space":           {warp: func(r *ceremony.RegistrationResponse) { r.Response.Transports = []string{"usb nfc"} }},
		"many transports":                  {warp: func(r *ceremony.RegistrationResponse) { r.Response.Transports = make([]string, 99) }},
		"tampered signature": {warp: func(r *ceremony.RegistrationResponse) {
			object := r.Response.AttestationObject
			object[bytes.Index(object, []byte("csig"))+20] ^= 1
		}},
		"trailing CBOR": {warp: func(r *ceremony.RegistrationResponse) {
			r.Response.AttestationObject = append(r.Response.AttestationObject, 0)
		}},
		"member in another case": {warp: func(r *ceremony.RegistrationResponse) {
			r.Response.AttestationObject = bytes.Replace(r.Response.AttestationObject, []byte("cfmt"), []byte("cFmt"), 1)
		}},
		"huge attestation": {warp: func(r *ceremony.RegistrationResponse) { r.Response.AttestationObject = make([]byte, 1<<20) }},
		"no attestation":   {warp: func(r *ceremony.RegistrationResponse) { r.Response.AttestationObject = nil }},
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
			key := testkey.New(ceremony.AlgES256)
			if lie.tell != nil {
				lie.tell(key)
			}
			grant := f.grant("alice")
			registration, err := f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
			f.ok(err)
			response := key.Create(registration.Options)
			if lie.warp != nil {
				lie.warp(&response)
			}
			if lie.want == nil {
				lie.want = verifier.ErrVerification
			}
			_, err = f.FinishRegistration(t.Context(), grant, registration.CeremonyID, response, verifier.Label{})
			f.refused(err, lie.want)
			f.expectEvent("alice", "credential.refused", string(lie.want.Code))
			// The challenge is used up: even an honest answer comes too late.
			honest := testkey.New(ceremony.AlgES256).Create(registration.Options)
			_, err = f.FinishRegistration(t.Context(), grant, registration.CeremonyID, honest, verifier.Label{})
			f.refused(err, verifier.ErrChallengeUsed)
			f.unenrolled(grant)
		})
	}
}

// TestUnattestedKeyMustBeUsable has attestation "none", where nothing but our own
// check looks at the public key.
func TestUnattestedKeyMustBeUsable(t *testing.T) {
	coordinate := func(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }
	littleEndian := func(n *big.Int) []byte {
		out := n.FillBytes(make([]byte, 32))
		slices.Reverse(out)
		return out
	}
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	modulus := func(bits uint) []byte {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return n.Add(n, big.NewInt(1)).Bytes()
	}
	for name, public := range map[string]map[int]any{
		"P-256 off the curve":       {1: 2, 3: ceremony.AlgES256, -1: 1, -2: coordinate(1), -3: coordinate(1)},
		"P-256 at infinity":         {1: 2, 3: ceremony.AlgES256, -1: 1, -2: coordinate(0), -3: coordinate(0)},
		"P-256 short":               {1: 2, 3: ceremony.AlgES256, -1: 1, -2: coordinate(1)[:31], -3: coordinate(1)},
		"P-256 on another curve":    {1: 2, 3: ceremony.AlgES256, -1: 2, -2: coordinate(1), -3: coordinate(1)},
		"Ed25519 off the curve":     {1: 1, 3: ceremony.AlgEdDSA, -1: 6, -2: littleEndian(big.NewInt(2))},
		"Ed25519 neutral element":   {1: 1, 3: ceremony.AlgEdDSA, -1: 6, -2: littleEndian(big.NewInt(1))},
		"Ed25519 order two":         {1: 1, 3: ceremony.AlgEdDSA, -1: 6, -2: littleEndian(new(big.Int).Sub(p, big.NewInt(1)))},
		"Ed25519 order four":        {1: 1, 3: ceremony.AlgEdDSA, -1: 6, -2: littleEndian(big.NewInt(0))},
		"Ed25519 not reduced":       {1: 1, 3: ceremony.AlgEdDSA, -1: 6, -2: littleEndian(new(big.Int).Add(p, big.NewInt(3)))},
		"Ed25519 short":             {1: 1, 3: ceremony.AlgEdDSA, -1: 6, -2: coordinate(1)[:31]},
		"RSA of 1024 bits":          {1: 3, 3: ceremony.AlgRS256, -1: modulus(1024), -2: []byte{1, 0, 1}},
		"RSA of 8192 bits":          {1: 3, 3: ceremony.AlgRS256, -1: modulus(8192), -2: []byte{1, 0, 1}},
		"RSA with exponent 1":       {1: 3, 3: ceremony.AlgRS256, -1: modulus(2048), -2: []byte{1}},
		"RSA with an even exponent": {1: 3, 3: ceremony.AlgRS256, -1: modulus(2048), -2: []byte{1, 0, 0}},
		"algorithm not offered":     {1: 2, 3: -35, -1: 2, -2: coordinate(1), -3: coordinate(1)},
		"not a key":                 {1: 9, 3: ceremony.AlgES256},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			key := testkey.New(ceremony.AlgES256)
			key.Format, key.PublicKey = "none", testkey.Encode(public)
			grant := f.grant("alice")
			registration, err := f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
			f.ok(err)
			_, err = f.FinishRegistration(t.Context(), grant, registration.CeremonyID, key.Create(registration.Options), verifier.Label{})
			f.refused(err, verifier.ErrVerification)
			f.unenrolled(grant)
		})
	}
}

func TestUnknownClientDataMembersAreFine(t *testing.T) {
	f := newFixture(t)
	key := testkey.New(ceremony.AlgES256)
	key.ClientData = replaced(`"crossOrigin":false`, `"new_keys_may_be_added_here":"x","later":{"origin":["y"]}`)
	f.enroll(f.grant("alice"), key)
	f.signIn("alice", key)
}

func TestRegistrationOptions(t *testing.T) {
	f := newFixture(t)
	first := f.newKey("alice")
	token := f.signIn("alice", first).Token
	registration, err := f.BeginRegistration(t.Context(), token, verifier.DeviceAuthenticator)
	f.ok(err)
	options := registration.Options
	if len(options.Challenge) != 32 || options.RP.ID != rpID || len(options.User.ID) != 32 || options.User.Name != "alice" ||
		options.AuthenticatorSelection.UserVerification != "required" || options.AuthenticatorSelection.AuthenticatorAttachment != "platform" {
		t.Errorf("options are %+v", options)
	}
	if string(options.User.ID) == f.alice.ID {
		t.Error("the user handle is the account id")
	}
	if len(options.ExcludeCredentials) != 1 || !bytes.Equal(options.ExcludeCredentials[0].ID, first.ID) {
		t.Errorf("the exclude list is %v", options.ExcludeCredentials)
	}
	var algorithms []int
	for _, parameter := range options.PubKeyCredParams {
		algorithms = append(algorithms, parameter.Alg)
	}
	if want := []int{ceremony.AlgES256, ceremony.AlgEdDSA, ceremony.AlgRS256}; !slices.Equal(algorithms, want) {
		t.Errorf("algorithms are %v, want %v", algorithms, want)
	}
	if _, err := json.Marshal(options); err != nil {
		t.Error(err)
	}

	credential, err := f.FinishRegistration(t.Context(), token, registration.CeremonyID, testkey.New(ceremony.AlgES256).Create(options), verifier.Label{})
	f.ok(err)
	if credential.Kind != verifier.DeviceAuthenticator || credential.Name != "This device" {
		t.Errorf("enrolled %+v", credential)
	}
	if second := f.enroll(token, testkey.New(ceremony.AlgEdDSA)); second.Name != "Security key 2" {
		t.Errorf("the second key is named %q", second.Name)
	}
	for kind, want := range map[verifier.CredentialKind]*verifier.Error{
		verifier.LegacyKey: verifier.ErrLegacyKey, "smart_card": verifier.ErrInvalid,
	} {
		_, err := f.BeginRegistration(t.Context(), token, kind)
		f.refused(err, want)
	}
}

func TestTakenNamesGetANumber(t *testing.T) {
	f := newFixture(t)
	token := f.signIn("alice", f.newKey("alice")).Token
	long := strings.Repeat("ä", 64)
	for _, name := range [][2]string{{"Work", "Work"}, {"Work", "Work 2"}, {" Work ", "Work 3"}, {long, long}, {long, long[:124] + " 2"}} {
		registration, err := f.BeginRegistration(t.Context(), token, verifier.SecurityKey)
		f.ok(err)
		made := testkey.New(ceremony.AlgEdDSA).Create(registration.Options)
		credential, err := f.FinishRegistration(t.Context(), token, registration.CeremonyID, made, verifier.Label{Name: name[0]})
		f.ok(err)
		if credential.Name != name[1] {
			t.Errorf("%q is named %q, want %q", name[0], credential.Name, name[1])
		}
		f.ok(verifier.CheckName(credential.Name))
	}
}

func TestAnAccountHasSoManyKeys(t *testing.T) {
	f := newFixture(t)
	token := f.signIn("alice", f.newKey("alice")).Token
	for range 62 {
		f.enroll(token, testkey.New(ceremony.AlgEdDSA))
	}
	// Two that begin while there is room for one.
	var begun [2]verifier.Registration
	for i := range begun {
		var err error
		begun[i], err = f.BeginRegistration(t.Context(), token, verifier.SecurityKey)
		f.ok(err)
	}
	finish := func(begun verifier.Registration) error {
		made := testkey.New(ceremony.AlgEdDSA).Create(begun.Options)
		_, err := f.FinishRegistration(t.Context(), token, begun.CeremonyID, made, verifier.Label{})
		return err
	}
	f.ok(finish(begun[0]))
	f.refused(finish(begun[1]), verifier.ErrInvalid)
	f.expectEvent("alice", "credential.refused", "invalid_input")
	_, err := f.BeginRegistration(t.Context(), token, verifier.SecurityKey)
	f.refused(err, verifier.ErrInvalid)
	keys, err := f.Credentials(t.Context(), token)
	f.ok(err)
	if len(keys) != 64 {
		t.Errorf("there are %d keys", len(keys))
	}
}

func TestDuplicateCredential(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	token := f.signIn("alice", key).Token
	f.add(token, verifier.NewAccount{Username: "bob"})

	// The same credential for the same person, and for another one.
	for _, authority := range []string{token, f.grant("bob")} {
		registration, err := f.BeginRegistration(t.Context(), authority, verifier.SecurityKey)
		f.ok(err)
		_, err = f.FinishRegistration(t.Context(), authority, registration.CeremonyID, key.Create(registration.Options), verifier.Label{Name: "stolen"})
		f.refused(err, verifier.ErrDuplicate)
	}
	if record := f.record(key.ID); record.AccountID != f.alice.ID || record.Name != "Security key" {
		t.Errorf("the credential is now %+v", record.Credential)
	}
}

func TestVirtualKeys(t *testing.T) {
	f := bareFixture(t, openSQL(t))
	_, _, err := f.CreateOrganization(t.Context(), verifier.NewOrganization{Name: "Demo", VirtualKeysAllowed: true,
		Administrator: verifier.NewAccount{Username: "alice", Password: password}})
	f.ok(err)
	key := testkey.New(ceremony.AlgEdDSA)
	copy(key.AAGUID[:], "LatchkeyVirtual!")
	if credential := f.enroll(f.grant("alice"), key); !credential.Virtual {
		t.Error("the credential is not marked as virtual")
	}
	issued := f.signIn("alice", key)
	if want := []string{"pwd", "swk", "user", "mfa"}; !slices.Equal(issued.Session.AMR, want) {
		t.Errorf("amr is %v, want %v", issued.Session.AMR, want)
	}
}

func TestEnrolmentGrants(t *testing.T) {
	f := newFixture(t)
	forged := strings.Repeat("A", 43)
	for _, authority := range []string{"", "x", forged, forged + "="} {
		_, err := f.BeginRegistration(t.Context(), authority, verifier.SecurityKey)
		f.refused(err, verifier.ErrSignedOut)
	}
	grant, second := f.grant("alice"), f.grant("alice")
	// A grant is good for nothing else.
	_, err := f.Session(t.Context(), grant)
	f.refused(err, verifier.ErrSignedOut)
	_, err = f.AccessToken(t.Context(), grant, "")
	f.refused(err, verifier.ErrSignedOut)

	// A ceremony belongs to the grant that began it.
	registration, err := f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
	f.ok(err)
	response := testkey.New(ceremony.AlgES256).Create(registration.Options)
	_, err = f.FinishRegistration(t.Context(), forged, registration.CeremonyID, response, verifier.Label{})
	f.refused(err, verifier.ErrSignedOut)
	_, err = f.FinishRegistration(t.Context(), second, registration.CeremonyID, response, verifier.Label{})
	f.refused(err, verifier.ErrChallengeUsed)

	// Both end with the first key.
	f.enroll(grant, testkey.New(ceremony.AlgES256))
	for _, dead := range []string{grant, second} {
		_, err := f.BeginRegistration(t.Context(), dead, verifier.SecurityKey)
		f.refused(err, verifier.ErrSignedOut)
	}
}

func TestGrantExpires(t *testing.T) {
	f := newFixture(t)
	grant := f.grant("alice")
	f.clock.Turn(10*time.Minute - time.Second)
	_, err := f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
	f.ok(err)
	f.clock.Turn(time.Second)
	_, err = f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
	f.refused(err, verifier.ErrSignedOut)
}

func TestRegistrationNeedsAFreshAssertion(t *testing.T) {
	f := newFixture(t)
	key := f.newKey("alice")
	token := f.signIn("alice", key).Token
	f.clock.Turn(5*time.Minute + time.Second)
	_, err := f.BeginRegistration(t.Context(), token, verifier.SecurityKey)
	f.refused(err, verifier.ErrReauthenticate)
	f.stepUp(token, key)
	f.enroll(token, testkey.New(ceremony.AlgES256))
}

// Who knows the password alone begins an enrolment and waits until the owner has a key.
func TestPasswordSessionEnrolsNothingBesideAKey(t *testing.T) {
	f := newFixture(t)
	admin := f.signIn("alice", f.newKey("alice")).Token
	f.add(admin, verifier.NewAccount{Username: "bob", FactorOptional: true})
	session := func() string {
		answer, err := f.BeginSignIn(t.Context(), "bob", password)
		f.ok(err)
		return answer.Issued.Token
	}
	thief, owner := session(), session()
	begun, err := f.BeginRegistration(t.Context(), thief, verifier.SecurityKey)
	f.ok(err)
	key := testkey.New(ceremony.AlgES256)
	f.enroll(owner, key)
	response := testkey.New(ceremony.AlgES256).Create(begun.Options)
	_, err = f.FinishRegistration(t.Context(), thief, begun.CeremonyID, response, verifier.Label{})
	f.refused(err, verifier.ErrReauthenticate)
	f.expectEvent("bob", "credential.refused", "reauthenticate")
	f.stepUp(owner, key)
	keys, err := f.Credentials(t.Context(), owner)
	f.ok(err)
	if len(keys) != 1 {
		t.Errorf("bob has %d keys, want the one", len(keys))
	}
}

func TestNames(t *testing.T) {
	f := newFixture(t)
	grant := f.grant("alice")
	registration, err := f.BeginRegistration(t.Context(), grant, verifier.SecurityKey)
	f.ok(err)
	key := testkey.New(ceremony.AlgES256)
	response := key.Create(registration.Options)
	for _, name := range []string{strings.Repeat("x", 65), "a\nb", "a\x00b", "\xff", " ", "a\u202eb"} {
		_, err := f.FinishRegistration(t.Context(), grant, registration.CeremonyID, response, verifier.Label{Name: name})
		f.refused(err, verifier.ErrInvalid)
	}
	// Bad names have not used the challenge up.
	credential, err := f.FinishRegistration(t.Context(), grant, registration.CeremonyID, response, verifier.Label{Name: "  Schlüssel 🔑 "})
	f.ok(err)
	if credential.Name != "Schlüssel 🔑" {
		t.Errorf("the name is %q", credential.Name)
	}
	token := f.signIn("alice", key).Token
	f.ok(f.RenameCredential(t.Context(), token, credential.ID, "Spare"))
	f.expectEvent("alice", "credential.renamed", "ok")
	f.refused(f.RenameCredential(t.Context(), token, []byte("another"), "Spare"), verifier.ErrUnknownCredential)
	f.refused(f.RenameCredential(t.Context(), token, credential.ID, ""), verifier.ErrInvalid)
	credentials, err := f.Credentials(t.Context(), token)
	f.ok(err)
	if len(credentials) != 1 || credentials[0].Name != "Spare" {
		t.Errorf("credentials are %+v", credentials)
	}
}
