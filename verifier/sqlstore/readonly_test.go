package sqlstore

import (
	"errors"
	"path/filepath"
	"testing"

	"latchkey/verifier"
)

// TestReadOnly has SQLite itself refuse to write: file modes do not stop root.
func TestReadOnly(t *testing.T) {
	store, err := Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	store.db.SetMaxOpenConns(1)
	if _, err := store.db.ExecContext(t.Context(), "PRAGMA query_only = ON"); err != nil {
		t.Fatal(err)
	}
	err = store.Update(t.Context(), func(tx verifier.Tx) error {
		return tx.InsertOrganization(verifier.Organization{ID: "o"})
	})
	if !errors.Is(err, verifier.ErrStoreReadOnly) {
		t.Fatalf("got %v, want %s", err, verifier.CodeStoreReadOnly)
	}
}
