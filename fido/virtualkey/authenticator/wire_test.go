package authenticator

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMalformedRequests(t *testing.T) {
	tests := []struct {
		name    string
		request string // hex
		want    Status
	}{
		{"nothing", "", StatusInvalidLength},
		{"unknown command", "3f", StatusInvalidCommand},
		{"authenticatorBioEnrollment", "09", StatusInvalidCommand},
		{"getInfo with parameters", "04 a0", StatusInvalidLength},
		{"reset with parameters", "07 a0", StatusInvalidLength},
		{"selection with parameters", "0b a0", StatusInvalidLength},
		{"getNextAssertion with parameters", "08 a0", StatusInvalidLength},
		{"no parameters", "06", StatusInvalidCBOR},
		{"cut short", "06 a1 01", StatusInvalidCBOR},
		{"trailing byte", "06 a1 02 01 00", StatusInvalidCBOR},
		{"long integer", "06 a1 02 18 01", StatusInvalidCBOR},
		{"long length", "06 b8 01 02 01", StatusInvalidCBOR},
		{"key twice", "06 a2 02 01 02 01", StatusInvalidCBOR},
		{"keys out of order", "06 a2 02 01 01 01", StatusInvalidCBOR},
		{"text key before integer key", "06 a2 61 61 01 02 01", StatusInvalidCBOR},
		{"indefinite map", "06 bf 02 01 ff", StatusInvalidCBOR},
		{"indefinite string", "06 a2 02 01 04 5f 41 00 ff", StatusInvalidCBOR},
		{"tag", "06 a1 02 c1 01", StatusInvalidCBOR},
		{"half float", "06 a1 02 f9 3c 00", StatusInvalidCBOR},
		{"text that is not UTF-8", "06 a2 02 01 0a 61 ff", StatusInvalidCBOR},
		{"reserved additional information", "06 a1 02 1c", StatusInvalidCBOR},
		{"five levels", "06 a2 02 01 18 20 81 81 81 81 00", StatusInvalidCBOR},
		{"four levels, unknown member", "06 a2 02 01 18 20 81 81 81 00", StatusOK},
		{"array for a map", "06 80", StatusUnexpectedType},
		{"integer for a map", "06 01", StatusUnexpectedType},
		{"text for an integer", "06 a1 02 61 31", StatusUnexpectedType},
		{"negative for unsigned", "06 a1 02 20", StatusUnexpectedType},
		{"null for an integer", "06 a1 02 f6", StatusUnexpectedType},
		{"undefined", "06 a1 02 f7", StatusInvalidCBOR},
		{"array for a byte string", "06 a2 02 01 04 81 01", StatusUnexpectedType},
		{"text for a byte string", "06 a2 02 01 04 61 61", StatusUnexpectedType},
		{"null for a byte string", "06 a2 02 01 04 f6", StatusUnexpectedType},
		{"byte string for text", "06 a2 02 01 0a 41 61", StatusUnexpectedType},
		{"empty map", "06 a0", StatusMissingParameter},
		{"unknown subcommand", "06 a1 02 18 63", StatusInvalidSubcommand},
		{"makeCredential of nothing", "01 a0", StatusMissingParameter},
		{"getAssertion of nothing", "02 a0", StatusMissingParameter},
		{"credentialManagement of nothing", "0a a0", StatusMissingParameter},
		{"credentialManagement of an unknown kind", "0a a1 01 18 63", StatusInvalidSubcommand},
		{"too long", "06" + strings.Repeat("00", maxMessageSize), StatusRequestTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := plugIn(t)
			response := p.a.Handle(t.Context(), unhex(t, test.request), nil)
			if got := Status(response[0]); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestCOSEKeysAreChecked(t *testing.T) {
	p := plugInWithPIN(t)
	good, _ := p.tokenParams(testPIN, permitGetAssertion, testRP)
	key := good[3].(coseKey)
	tests := map[string]func(*coseKey){
		"not on the curve": func(k *coseKey) { k.X = bytes.Repeat([]byte{1}, 32) },
		"short coordinate": func(k *coseKey) { k.Y = k.Y[1:] },
		"no coordinate":    func(k *coseKey) { k.Y = nil },
		"other curve":      func(k *coseKey) { k.Curve = curveEd25519 },
		"other key type":   func(k *coseKey) { k.Type = keyTypeOKP },
		"other algorithm":  func(k *coseKey) { k.Algorithm = algES256 },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			bad := key
			spoil(&bad)
			p := &platform{T: t, a: p.a}
			p.fails(StatusInvalidParameter, cmdClientPIN, good.with(3, bad))
		})
	}
	if retries := p.a.state.PIN.Retries; retries != maxPINRetries {
		t.Errorf("a bad key cost a retry: %d left", retries)
	}
}

func TestGetInfo(t *testing.T) {
	p := plugIn(t)
	var got info
	p.ok(cmdGetInfo, nil, &got)
	if got.Options["clientPin"] || !got.Options["rk"] || !got.Options["pinUvAuthToken"] || !got.Options["credMgmt"] {
		t.Errorf("options are %v", got.Options)
	}
	if !bytes.Equal(got.AAGUID, testAAGUID[:]) || got.MaxMsgSize != 1200 || got.RemainingResident != maxResident {
		t.Errorf("info is %+v", got)
	}
	p.check(p.a.SetPIN(testPIN))
	p.make(p.verified(makeParams("alice").with(7, rk()), permitMakeCredential))
	p.ok(cmdGetInfo, nil, &got)
	if !got.Options["clientPin"] || got.RemainingResident != maxResident-1 {
		t.Errorf("with a PIN and a credential, info is %+v", got)
	}
}

func TestStatusNames(t *testing.T) {
	if got := StatusPINBlocked.Error(); got != "CTAP2_ERR_PIN_BLOCKED" {
		t.Errorf("got %q", got)
	}
	if got := Status(0xF3).Error(); got != "CTAP status 0xf3" || Status(0xF3).Known() {
		t.Errorf("got %q for an unknown status", got)
	}
}
