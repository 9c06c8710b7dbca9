package models

import (
	"encoding/hex"
	"strings"
	"testing"

	"latchkey/fido/virtualkey"
)

func parse(t *testing.T, text string) (aaguid [16]byte) {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != len(aaguid) {
		t.Fatalf("%q is no AAGUID: %v", text, err)
	}
	return [16]byte(raw)
}

func TestEveryModelIsFoundUnderItsNameAlone(t *testing.T) {
	names, numbers := map[string]bool{}, map[string]bool{}
	for _, model := range known {
		if names[model.name] || strings.TrimSpace(model.name) != model.name || model.name == "" || len(model.aaguids) == 0 {
			t.Errorf("model %q", model.name)
		}
		names[model.name] = true
		for _, text := range model.aaguids {
			aaguid := parse(t, text)
			if format(aaguid) != text {
				t.Errorf("%s is not written as %s", text, format(aaguid))
			}
			if numbers[text] {
				t.Errorf("%s stands there twice", text)
			}
			numbers[text] = true
			if got := Name(aaguid); got != model.name {
				t.Errorf("%s is %q, want %q", text, got, model.name)
			}
		}
	}
}

// ours is an AAGUID of Latchkey's own, which are 16 characters.
func ours(characters string) string { return format([16]byte([]byte(characters))) }

func TestName(t *testing.T) {
	for text, want := range map[string]string{
		virtualkey.AAGUID:                      "Latchkey virtual key",
		ours("LatchkeyLinuxTPM"):               "Security chip (TPM)",
		ours("LatchkeyLinuxFPR"):               "Security chip (TPM), fingerprint",
		ours("LatchkeyVirtTPM!"):               "Software TPM",
		ours("LatchkeyVirtFPR!"):               "Software TPM, fingerprint",
		ours("LatchkeyTouchID!"):               "Touch ID",
		"08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
		"9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
		"6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
		"2fc0579f-8113-47ea-b116-bb5a8db9202a": "YubiKey 5 NFC",
		"00000000-0000-0000-0000-000000000000": "", // U2F keys, and keys that do not say
		"ffffffff-ffff-ffff-ffff-ffffffffffff": "",
	} {
		if got := Name(parse(t, text)); got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}
