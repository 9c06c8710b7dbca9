package ceremony_test

import (
	"strings"
	"testing"

	"latchkey/fido/ceremony"
)

func TestUnfitPIN(t *testing.T) {
	for pin, fits := range map[string]bool{
		"1234": true, "ääää": true, strings.Repeat("1", 63): true, strings.Repeat("ä", 31): true,
		"": false, "123": false, "äää": false, // characters count, not bytes
		strings.Repeat("1", 64): false, strings.Repeat("ä", 32): false, // and then bytes
		"1234\x00": false, "1234\xff": false,
	} {
		if why := ceremony.UnfitPIN(pin, 4); (why == "") != fits {
			t.Errorf("%q: %q", pin, why)
		}
	}
}
