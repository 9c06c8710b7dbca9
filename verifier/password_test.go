package verifier

import (
	"errors"
	"strings"
	"testing"
)

func TestPasswordParameters(t *testing.T) {
	hash := newPasswordHash(DefaultPasswordParams, "correct horse battery staple")
	phc := hash.String()
	if want := "$argon2id$v=19$m=65536,t=3,p=4$"; !strings.HasPrefix(phc, want) {
		t.Errorf("the hash is %s, want %s…", phc, want)
	}
	read, err := parsePasswordHash(phc)
	if err != nil || !read.matches("correct horse battery staple") || read.matches("correct horse battery stapl") {
		t.Errorf("%s does not tell its password from others: %v", phc, err)
	}
	if decoy := decoyHash(DefaultPasswordParams); decoy.params != hash.params || decoy.matches("") {
		t.Errorf("the decoy is %s", decoy)
	}
	for _, params := range []PasswordParams{{Passes: 1, MemoryKiB: 64}, {Passes: 1, MemoryKiB: 7, Lanes: 1}, {MemoryKiB: 64, Lanes: 1},
		{Passes: 65, MemoryKiB: 64, Lanes: 1}, {Passes: 1, MemoryKiB: 1<<20 + 1, Lanes: 1}} {
		if err := params.check(); err == nil {
			t.Errorf("%+v is accepted", params)
		}
	}
}

func TestDamagedPasswordHash(t *testing.T) {
	phc := newPasswordHash(PasswordParams{Passes: 1, MemoryKiB: 8, Lanes: 1}, "x").String()
	for name, damaged := range map[string]string{
		"empty":          "",
		"another kind":   strings.Replace(phc, "argon2id", "argon2i", 1),
		"another level":  strings.Replace(phc, "v=19", "v=16", 1),
		"huge memory":    strings.Replace(phc, "m=8", "m=4294967295", 1),
		"no passes":      strings.Replace(phc, "t=1", "t=0", 1),
		"leading zero":   strings.Replace(phc, "t=1", "t=01", 1),
		"cut short":      phc[:len(phc)-4],
		"something else": phc + "$",
		"bad base64":     phc[:len(phc)-2] + "!!",
	} {
		if _, err := parsePasswordHash(damaged); !errors.Is(err, ErrStoreCorrupt) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
