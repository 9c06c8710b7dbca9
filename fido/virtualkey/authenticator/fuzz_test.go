package authenticator

import (
	"encoding/binary"
	"testing"
	"time"
)

// fuzzed returns a key with a PIN and two accounts, and its requests in the order in which they make sense.
func fuzzed(t testing.TB) (*Authenticator, []made) {
	a, err := New(Options{
		Store: &MemoryStore{}, Presence: &person{}, AAGUID: testAAGUID, ResetWindow: time.Hour,
		Now: func() time.Time { return time.Unix(1_700_000_000, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	var accounts []made
	for _, user := range []string{"alice", "bob"} {
		response := a.Handle(t.Context(), encodeRequest(t, cmdMakeCredential, makeParams(user).with(7, rk())), nil)
		if Status(response[0]) != StatusOK {
			t.Fatal(Status(response[0]))
		}
		accounts = append(accounts, made{id: a.state.Credentials[len(accounts)].ID})
	}
	if err := a.SetPIN(testPIN); err != nil {
		t.Fatal(err)
	}
	return a, accounts
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
	_, accounts := fuzzed(f)
	key := coseP256(algECDHES, append([]byte{4}, make([]byte, 64)...))
	hmacSecret := map[string]any{"hmac-secret": m{1: key, 2: make([]byte, 32), 3: make([]byte, 32), 4: 2}}
	seeds := [][2][]byte{
		{encodeRequest(f, cmdGetInfo, nil), nil},
		{encodeRequest(f, cmdMakeCredential, makeParams("carol", algEdDSA)), encodeRequest(f, cmdGetNextAssertion, nil)},
		{encodeRequest(f, cmdMakeCredential, makeParams("carol").with(5, []descriptor{{publicKey, accounts[0].id}})), nil},
		{encodeRequest(f, cmdMakeCredential, makeParams("carol").with(6, map[string]any{"credProtect": 3, "hmac-secret": true})), nil},
		{encodeRequest(f, cmdMakeCredential, makeParams("carol").with(7, rk()).with(8, make([]byte, 32)).with(9, 2).with(10, 1)), nil},
		{encodeRequest(f, cmdGetAssertion, assertParams()), encodeRequest(f, cmdGetNextAssertion, nil)},
		{encodeRequest(f, cmdGetAssertion, assertParams(accounts...)), encodeRequest(f, cmdReset, nil)},
		{encodeRequest(f, cmdGetAssertion, assertParams(accounts...).with(4, hmacSecret)), encodeRequest(f, cmdSelection, nil)},
		{encodeRequest(f, cmdGetAssertion, assertParams().with(6, []byte{}).with(5, map[string]bool{"up": false})), nil},
		{encodeRequest(f, cmdClientPIN, m{2: pinGetRetries}), encodeRequest(f, cmdClientPIN, m{1: 2, 2: pinGetKeyAgreement})},
		{encodeRequest(f, cmdClientPIN, m{1: 1, 2: pinSet, 3: key, 4: make([]byte, 16), 5: make([]byte, 64)}), nil},
		{encodeRequest(f, cmdClientPIN, m{1: 2, 2: pinChange, 3: key, 4: make([]byte, 32), 5: make([]byte, 80), 6: make([]byte, 32)}), nil},
		{encodeRequest(f, cmdClientPIN, m{1: 2, 2: pinGetTokenWithPermissions, 3: key, 6: make([]byte, 32), 9: 7, 10: testRP}), nil},
		{
			encodeRequest(f, cmdCredentialManagement, m{1: credentialsBegin, 2: m{1: rpIDHash(testRP)}, 3: 2, 4: make([]byte, 32)}),
			encodeRequest(f, cmdCredentialManagement, m{1: credentialsNext}),
		},
		{encodeRequest(f, cmdCredentialManagementPreview, m{1: updateUserInfo, 2: m{2: descriptor{publicKey, accounts[0].id}, 3: User{ID: []byte("alice")}}, 3: 1, 4: make([]byte, 16)}), nil},
	}
	for _, seed := range seeds {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a, _ := fuzzed(t)
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
	_, accounts := fuzzed(f)
	f.Add(apdu(insRegister, 0, make([]byte, 64)))
	f.Add(apdu(insAuthenticate, controlEnforce, u2fAuthData(accounts[0].id)))
	f.Add(apdu(insAuthenticate, controlCheckOnly, u2fAuthData(nil)))
	f.Add([]byte{0, insVersion, 0, 0})
	f.Add([]byte{0, insVersion, 0, 0, 1, 1, 0})
	known := map[statusWord]bool{
		swNoError: true, swWrongLength: true, swNotSatisfied: true, swWrongData: true, swInsUnknown: true, swClaUnknown: true,
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		a, _ := fuzzed(t)
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
