package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDemo runs the demo as `make demo` does.
func TestDemo(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // it may have to compile first
	defer cancel()
	bin := t.TempDir()
	build := exec.CommandContext(ctx, "go", "build", "-o", bin+"/", "latchkey/app/latchkey", "latchkey/app/demo", "latchkey/fido/virtualkey/cmd/virtualkey")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, said)
	}
	said, err := exec.CommandContext(ctx, filepath.Join(bin, "demo")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for _, step := range []string{"no interface is up", "The Secret Service keeps the session", "The signature holds", "The same response again is refused", "Added Security chip", "None of that did any harm"} {
		if !strings.Contains(string(said), step) {
			t.Errorf("it did not say %q: %s", step, said)
		}
	}
}

func TestVerifyES256(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	set := fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","kid":"one","x":%q,"y":%q}]}`, encode(point[1:33]), encode(point[33:]))
	sign := func(header, claims string) string {
		signed := encode([]byte(header)) + "." + encode([]byte(claims))
		digest := sha256.Sum256([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		signature := make([]byte, 64)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return signed + "." + encode(signature)
	}
	good := sign(`{"alg":"ES256","kid":"one"}`, `{"sub":"anna, who has a long name"}`)
	if claims, err := verifyES256(good, []byte(set)); err != nil || string(claims) != `{"sub":"anna, who has a long name"}` {
		t.Errorf("%s, %v", claims, err)
	}
	for name, token := range map[string]string{
		"changed":           tampered(good),
		"another algorithm": sign(`{"alg":"none","kid":"one"}`, `{}`),
		"unknown key":       sign(`{"alg":"ES256","kid":"two"}`, `{}`),
		"no signature":      good[:strings.LastIndex(good, ".")+1],
		"not a token":       "token",
	} {
		if _, err := verifyES256(token, []byte(set)); err == nil {
			t.Errorf("%s: holds", name)
		}
	}
}
