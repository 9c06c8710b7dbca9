//go:build linux

package keychain

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"latchkey/app/companion"
)

func TestSessionsAndTheCurrentAccount(t *testing.T) {
	ctx, k := context.Background(), New(t.TempDir())
	expect := func(organization, username, want string) {
		t.Helper()
		got, err := k.Load(ctx, organization, username)
		if want == "" && !errors.Is(err, companion.ErrNotSignedIn) {
			t.Errorf("%q of %q: got %q, %v; want not signed in", username, organization, got, err)
		}
		if want != "" && (got != want || err != nil) {
			t.Errorf("%q of %q: got %q, %v; want %q", username, organization, got, err, want)
		}
	}
	save := func(organization, username, token string) {
		t.Helper()
		if err := k.Save(ctx, organization, username, token); err != nil {
			t.Fatal(err)
		}
	}
	organization := t.Name()

	expect(organization, "", "")
	expect(organization, "anna", "")
	save(organization, "anna", "token-a")
	expect(organization, "", "token-a")
	save(organization, "ben", "token-b")
	expect(organization, "", "token-b")
	expect(organization, "anna", "token-a")
	save(organization, "ben", "token-b2")
	expect(organization, "", "token-b2")

	// An organisation of the same name in another database is another one.
	expect(organization+"2", "", "")
	expect(organization+"2", "ben", "")

	if err := k.Delete(ctx, organization, "anna"); err != nil {
		t.Fatal(err)
	}
	expect(organization, "anna", "")
	expect(organization, "", "token-b2")
	for range 2 { // the second time there is none
		if err := k.Delete(ctx, organization, "ben"); err != nil {
			t.Fatal(err)
		}
	}
	expect(organization, "", "")
}

func TestDeviceSecrets(t *testing.T) {
	ctx, k := t.Context(), New(t.TempDir())
	secrets := k.DeviceSecrets()
	if _, err := secrets.Load(ctx, t.Name()); !errors.Is(err, ErrNoSecret) {
		t.Errorf("before there is any: %v", err)
	}
	for _, want := range []string{"\x00 a secret of 32 bytes\xff", "another"} {
		if err := secrets.Save(ctx, t.Name(), []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := secrets.Load(ctx, t.Name()); string(got) != want || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	if err := k.ring.set(ctx, deviceName(t.Name()), "not base64!"); err != nil {
		t.Fatal(err)
	}
	if _, err := secrets.Load(ctx, t.Name()); !errors.Is(err, ErrNoSecret) {
		t.Errorf("a changed secret: %v", err)
	}
	for range 2 { // the second time there is none
		if err := secrets.Delete(ctx, t.Name()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := secrets.Load(ctx, t.Name()); !errors.Is(err, ErrNoSecret) {
		t.Errorf("after it was forgotten: %v", err)
	}
	locked := fakeStore{func(context.Context) (string, error) { return "", companion.ErrKeyringLocked }}
	broken := over(newRing(locked, patience), t.TempDir()).DeviceSecrets()
	if _, err := broken.Load(ctx, "x"); !errors.Is(err, companion.ErrKeyringLocked) {
		t.Errorf("a locked keyring: %v", err)
	}
	if err := broken.Save(ctx, "x", nil); !errors.Is(err, companion.ErrKeyringLocked) {
		t.Errorf("saving to a locked keyring: %v", err)
	}
	if err := broken.Delete(ctx, "x"); !errors.Is(err, companion.ErrKeyringLocked) {
		t.Errorf("forgetting in a locked keyring: %v", err)
	}
}

func TestSealingKey(t *testing.T) {
	ctx, k := context.Background(), New(t.TempDir())
	get := func(organization string) []byte {
		t.Helper()
		key, err := k.SealingKey(ctx, organization)
		if err != nil || len(key) != sealKeySize {
			t.Fatalf("%d bytes, %v", len(key), err)
		}
		return key
	}
	first, second := get(t.Name()+"1"), get(t.Name()+"2")
	if bytes.Equal(first, second) || bytes.Equal(first, make([]byte, sealKeySize)) {
		t.Error("two organisations share a key, or it is no key")
	}
	if !bytes.Equal(first, get(t.Name()+"1")) {
		t.Error("the key is not kept")
	}
	for _, damage := range []string{"no base64!", base64.StdEncoding.EncodeToString(first[:16])} {
		if err := keyring.Set(service, "seal/"+t.Name()+"1", damage); err != nil {
			t.Fatal(err)
		}
		fresh := get(t.Name() + "1")
		if bytes.Equal(first, fresh) || !bytes.Equal(fresh, get(t.Name()+"1")) {
			t.Error("a damaged key is not replaced for good")
		}
	}
}

func TestCheckLeavesNothingBehind(t *testing.T) {
	k := New(t.TempDir())
	before := items(t)
	if err := k.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	if after := items(t); after != before {
		t.Errorf("%d values before, %d after", before, after)
	}
}

func TestCheckCleansUpAfterOneThatDied(t *testing.T) {
	k := New(t.TempDir())
	before := items(t)
	if err := k.ring.set(t.Context(), "check", "left over"); err != nil {
		t.Fatal(err)
	}
	if err := k.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := items(t); after != before {
		t.Errorf("%d values before, %d after", before, after)
	}
}

func TestLargeValuesAreRefused(t *testing.T) {
	ctx, k := context.Background(), New(t.TempDir())
	if err := k.Save(ctx, t.Name(), "anna", strings.Repeat("x", maxValue)); err != nil {
		t.Errorf("%d bytes: %v", maxValue, err)
	}
	secret := strings.Repeat("y", maxValue+1)
	err := k.Save(ctx, t.Name(), "ben", secret)
	if !errors.Is(err, errTooLarge) || strings.Contains(err.Error(), "yy") {
		t.Errorf("%d bytes: %v", maxValue+1, err)
	}
	if _, err := k.Load(ctx, t.Name(), "ben"); !errors.Is(err, companion.ErrNotSignedIn) {
		t.Errorf("it was kept all the same: %v", err)
	}
}

func TestEndedContextsEndCalls(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	k := New(t.TempDir())
	if err := k.Save(ctx, t.Name(), "anna", "token"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := k.SealingKey(ctx, t.Name()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestNothingSecretInFiles holds that secrets go into the keyring or nowhere.
func TestNothingSecretInFiles(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	k := New(dir)
	const token = "a-token-that-is-secret"
	if err := k.Save(ctx, t.Name(), "anna", token); err != nil {
		t.Fatal(err)
	}
	key, err := k.SealingKey(ctx, t.Name())
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(dir + "/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{token, string(key), base64.StdEncoding.EncodeToString(key)} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds a secret", entry.Name())
			}
		}
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", entry.Name(), info.Mode(), err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	ctx, k := context.Background(), New(b.TempDir())
	if err := k.Save(ctx, b.Name(), "anna", "token"); err != nil {
		b.Fatal(err)
	}
	b.Run("current", func(b *testing.B) {
		for b.Loop() {
			if _, err := k.Load(ctx, "BenchmarkLoad", ""); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ready", func(b *testing.B) {
		for b.Loop() {
			if err := ready(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("pointer", func(b *testing.B) {
		for b.Loop() {
			if _, err := k.current.read(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
