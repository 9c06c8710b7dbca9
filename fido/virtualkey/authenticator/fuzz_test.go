package authenticator

import (
	"bytes"
	"crypto/elliptic"
	"encoding/binary"
	"testing"
	"time"
)

// fuzzed returns a key with a PIN, a token in use and two accounts. It is the same key each time and in every process, so that a seed
// that it accepts once is accepted by all.
func fuzzed(t testing.TB) (a *Authenticator, token []byte, accounts []made) {
	state := newState()
	state.Secret = make([]byte, secretSize)
	state.PIN.Hash = pinHash(testPIN)
	for i, user := range []string{"alice", "bob"} {
		c := made{id: fixedID(t, state.Secret, byte(i))}
		accounts = append(accounts, c)
		state.Credentials = append(state.Credentials, Credential{ID: c.id, RP: RP{ID: testRP}, User: User{ID: []byte(user), Name: user}})
	}
	store := &MemoryStore{state: state, saved: true}
	now := func() time.Time { return time.Unix(1_700_000_000, 0) }
	a, err := New(Options{Store: store, Presence: &person{}, AAGUID: testAAGUID, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	token = make([]byte, tokenSize)
	a.protocols[2].token = token
	a.token.begin(a.protocols[2], permitSupported, "", now())
	return a, token, accounts
}

// fixedID wraps key material that is all n, without chance.
func fixedID(t testing.TB, secret []byte, n byte) []byte {
	aead, err := wrapping(secret)
	if err != nil {
		t.Fatal(err)
	}
	alg := -algES256
	plain := append([]byte{flagResident | flagHMACSecret, byte(alg), byte(uvOptional)}, bytes.Repeat([]byte{n}, seedSize)...)
	number := bytes.Repeat([]byte{n}, nonce)
	return aead.Seal(number, number, plain, rpIDHash(testRP))
}

func encodeRequest(t testing.TB, command byte, params any) []byte {
	if params == nil {
		return []byte{command}
	}
	encoded, err := ctap2.encode(params)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{command}, encoded...)
}

// FuzzCBOR gives a key any two commands in a row. Its answers must be known statuses with canonical CBOR, and its state must stay
// one that it can start from.
func FuzzCBOR(f *testing.F) {
	_, token, accounts := fuzzed(f)
	sign := func(message []byte) []byte { return protocolTwo{}.authenticate(token, message) }
	manage := func(subcommand int, params any) []byte {
		message, request := []byte{byte(subcommand)}, m{1: subcommand, 3: 2}
		if params != nil {
			message = append(message, encodeRequest(f, 0, params)[1:]...)
			request[2] = params
		}
		return encodeRequest(f, cmdCredentialManagement, request.with(4, sign(message)))
	}
	generator := elliptic.P256().Params()
	key := coseKey{Type: keyTypeEC2, Algorithm: algECDHES, Curve: curveP256, X: generator.Gx.Bytes(), Y: generator.Gy.Bytes()}
	hmacSecret := map[string]any{"hmac-secret": m{1: key, 2: make([]byte, 48), 3: make([]byte, 32), 4: 2}}
	carol, signIn := makeParams("carol"), assertParams(accounts...)
	alice := descriptor{publicKey, accounts[0].id}
	silent := map[string]bool{"up": false}
	seeds := [][2][]byte{
		{encodeRequest(f, cmdGetInfo, nil), nil},
		{encodeRequest(f, cmdMakeCredential, makeParams("carol", algEdDSA)), encodeRequest(f, cmdGetNextAssertion, nil)},
		{encodeRequest(f, cmdMakeCredential, carol.with(5, []descriptor{alice})), nil},
		{encodeRequest(f, cmdMakeCredential, carol.with(6, map[string]any{"credProtect": 3, "hmac-secret": true})), nil},
		{encodeRequest(f, cmdMakeCredential, carol.with(7, rk()).with(8, sign(clientDataHash[:])).with(9, 2)), nil},
		{encodeRequest(f, cmdMakeCredential, carol.with(10, 1)), nil},
		{encodeRequest(f, cmdGetAssertion, assertParams()), encodeRequest(f, cmdGetNextAssertion, nil)},
		{encodeRequest(f, cmdGetAssertion, signIn), encodeRequest(f, cmdReset, nil)},
		{encodeRequest(f, cmdGetAssertion, signIn.with(4, hmacSecret)), encodeRequest(f, cmdSelection, nil)},
		{encodeRequest(f, cmdGetAssertion, assertParams().with(6, sign(clientDataHash[:])).with(7, 2).with(5, silent)), encodeRequest(f, cmdGetNextAssertion, nil)},
		{encodeRequest(f, cmdGetAssertion, assertParams().with(6, []byte{})), nil},
		{encodeRequest(f, cmdClientPIN, m{2: pinGetRetries}), encodeRequest(f, cmdClientPIN, m{1: 2, 2: pinGetKeyAgreement})},
		{encodeRequest(f, cmdClientPIN, m{1: 1, 2: pinSet, 3: key, 4: make([]byte, 16), 5: make([]byte, 64)}), nil},
		{encodeRequest(f, cmdClientPIN, m{1: 2, 2: pinChange, 3: key, 4: make([]byte, 32), 5: make([]byte, 80), 6: make([]byte, 32)}), nil},
		{encodeRequest(f, cmdClientPIN, m{1: 1, 2: pinGetToken, 3: key, 6: make([]byte, 16)}), nil},
		{encodeRequest(f, cmdClientPIN, m{1: 2, 2: pinGetTokenWithPermissions, 3: key, 6: make([]byte, 32), 9: 7, 10: testRP}), nil},
		{manage(credsMetadata, nil), nil},
		{manage(rpsBegin, nil), encodeRequest(f, cmdCredentialManagement, m{1: rpsNext})},
		{manage(credentialsBegin, m{1: rpIDHash(testRP)}), encodeRequest(f, cmdCredentialManagement, m{1: credentialsNext})},
		{manage(deleteCredential, m{2: alice}), encodeRequest(f, cmdGetAssertion, signIn)},
		{manage(updateUserInfo, m{2: alice, 3: User{ID: []byte("alice"), Name: "Alice"}}), nil},
	}
	for _, seed := range seeds {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a, _, _ := fuzzed(t)
		for _, request := range [][]byte{first, second} {
			response := a.Handle(t.Context(), request, nil)
			checkResponse(t, response)
		}
		if err := a.state.Validate(); err != nil {
			t.Error(err)
		}
		if stored, ok, err := a.options.Store.Load(); err != nil || !ok || stored.Counter != a.state.Counter {
			t.Errorf("stored is %+v (%t, %v), in use is %+v", stored, ok, err, a.state)
		}
	})
}

func checkResponse(t *testing.T, response []byte) {
	t.Helper()
	if len(response) == 0 || len(response) > maxMessageSize {
		t.Fatalf("a response of %d bytes", len(response))
	}
	status, body := Status(response[0]), response[1:]
	if !status.Known() || status == StatusOther {
		t.Errorf("status is %v", status)
	}
	if status != StatusOK && len(body) != 0 {
		t.Errorf("%v came with %x", status, body)
	}
	if len(body) != 0 && !ctap2.canonical(body) {
		t.Errorf("response %x is not canonical", body)
	}
}

// FuzzU2F gives a key any U2F command. Its answer must end with a known status word and carry data only on success.
func FuzzU2F(f *testing.F) {
	_, _, accounts := fuzzed(f)
	f.Add(apdu(insRegister, 0, make([]byte, 64)))
	f.Add(apdu(insAuthenticate, controlEnforce, u2fAuthData(accounts[0].id)))
	f.Add(apdu(insAuthenticate, controlCheckOnly, u2fAuthData(nil)))
	f.Add([]byte{0, insVersion, 0, 0})
	f.Add([]byte{0, insVersion, 0, 0, 1, 1, 0})
	known := map[statusWord]bool{
		swNoError: true, swWrongLength: true, swNotSatisfied: true, swWrongData: true, swInsUnknown: true, swClaUnknown: true,
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		a, _, _ := fuzzed(t)
		response := a.HandleU2F(t.Context(), request)
		if len(response) < 2 {
			t.Fatalf("response is %x", response)
		}
		word := statusWord(binary.BigEndian.Uint16(response[len(response)-2:]))
		if !known[word] || word != swNoError && len(response) != 2 {
			t.Errorf("response is %x", response)
		}
	})
}
