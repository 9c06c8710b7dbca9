package ceremony_test

import (
	"encoding/json"
	"strings"
	"testing"

	"latchkey/fido/ceremony"
)

func TestClientDataIsTheSpecifiedSerialization(t *testing.T) {
	got := string(ceremony.ClientData(ceremony.TypeGet, []byte{0xfb, 0xff, 0x00}, "portal.example.com"))
	want := `{"type":"webauthn.get","challenge":"-_8A","origin":"https://portal.example.com","crossOrigin":false}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOrigin(t *testing.T) {
	for rpID, want := range map[string]string{"localhost": "http://localhost", "portal.example.com": "https://portal.example.com"} {
		if got := ceremony.Origin(rpID); got != want {
			t.Errorf("%s: %s", rpID, got)
		}
	}
}

func TestCheckRPID(t *testing.T) {
	for _, good := range []string{"localhost", "portal.example.com", "a.b", "xn--bcher-kva.example", "1.example"} {
		if err := ceremony.CheckRPID(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "com", "192.0.2.1", "::1", "[::1]", "https://portal.example.com", "portal.example.com:443", "portal.example.com/x",
		"Portal.example.com", "bücher.example", "a..b", ".example.com", "example.com.", "-a.example", "a-.example",
		strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 127) + "example", "1.2.3.4.5", "a b.example", "user@example.com",
	} {
		if err := ceremony.CheckRPID(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestBytes(t *testing.T) {
	out, err := json.Marshal(ceremony.Bytes{0xfb, 0xff})
	if err != nil || string(out) != `"-_8"` {
		t.Fatalf("%s, %v", out, err)
	}
	for _, bad := range []string{`"-_8="`, `"+/8"`, `"-_9"`, `"a"`, `1`, `"-_8\n"`} {
		var b ceremony.Bytes
		if err := json.Unmarshal([]byte(bad), &b); err == nil {
			t.Errorf("%s is taken as %x", bad, b)
		}
	}
	var b ceremony.Bytes
	if err := json.Unmarshal([]byte(`"-_8"`), &b); err != nil || string(b) != "\xfb\xff" {
		t.Errorf("%x, %v", b, err)
	}
}
