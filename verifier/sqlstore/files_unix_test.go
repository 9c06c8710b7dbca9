//go:build unix

package sqlstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"latchkey/verifier"
	"latchkey/verifier/sqlstore"
)

func TestOthersCanRead(t *testing.T) {
	path := made(t)
	for _, file := range []string{path, path + "-wal"} {
		if file != path {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602} {
			if err := os.Chmod(file, mode); err != nil {
				t.Fatal(err)
			}
			refusal := refusedOpen(t, path, verifier.ErrStoreUnsafe)
			if want := "chmod 600 '" + file + "'"; refusal.Message != want {
				t.Errorf("the message is %q, want %q", refusal.Message, want)
			}
		}
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, path, sqlstore.Options{})
}

func TestOthersCanSwap(t *testing.T) {
	path := made(t)
	if err := os.Chmod(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	refusal := refusedOpen(t, path, verifier.ErrStoreUnsafe)
	if want := "chmod go-w '" + filepath.Dir(path) + "'"; refusal.Message != want {
		t.Errorf("the message is %q, want %q", refusal.Message, want)
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	store := open(t, filepath.Join(dir, "latchkey.db"), sqlstore.Options{})
	if err := store.Update(t.Context(), appendEvent(1, "")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, "latchkey.db": 0o600, "latchkey.db-wal": 0o600, "latchkey.db-shm": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%q has mode %v, want %v", name, info.Mode().Perm(), want)
		}
	}
}
