package sqlstore_test

import (
	"path/filepath"
	"testing"

	"latchkey/verifier"
	"latchkey/verifier/sqlstore"
	"latchkey/verifier/storetest"
)

func open(t testing.TB, path string, options sqlstore.Options) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) verifier.Store {
		// The path has what URLs and SQL treat specially.
		return open(t, filepath.Join(t.TempDir(), "it's 100%? #1", "latchkey.db"), sqlstore.Options{})
	})
}
