package sqlstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/verifier"
	"latchkey/verifier/sqlstore"
)

// raw opens the file behind the store's back.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// made is a closed database with one event in it.
func made(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	store, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Update(t.Context(), appendEvent(1, "first")); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func appendEvent(sequence int64, detail string) func(verifier.Tx) error {
	return func(tx verifier.Tx) error {
		return tx.AppendEvent(verifier.EventRecord{
			Event: verifier.Event{Sequence: sequence, At: time.Unix(1, 0), Detail: detail}, Hash: make([]byte, 32)})
	}
}

func refusedOpen(t *testing.T, path string, want *verifier.Error) *verifier.Error {
	t.Helper()
	before, _ := os.ReadFile(path)
	store, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
	if err == nil {
		store.Close()
	}
	refusal, ok := errors.AsType[*verifier.Error](err)
	if !ok || !errors.Is(err, want) {
		t.Fatalf("opened with %v, want %s", err, want.Code)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Fatal("the file has changed")
	}
	return refusal
}

func TestOpeningAnUpToDateDatabaseWritesNothing(t *testing.T) {
	path := made(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	open(t, path, sqlstore.Options{})
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(path + "-wal")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) || len(wal) > 0 {
		t.Fatal("opening has written something")
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	refusedOpen(t, path, verifier.ErrStoreCorrupt)
}

func TestEmptiedDatabase(t *testing.T) {
	path := made(t)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	refusedOpen(t, path, verifier.ErrStoreCorrupt)
}

func TestLogWithoutItsDatabase(t *testing.T) {
	path := made(t)
	if err := os.Rename(path, path+"-wal"); err != nil {
		t.Fatal(err)
	}
	refusedOpen(t, path, verifier.ErrStoreCorrupt)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a new database was made beside it: %v", err)
	}
}

func TestNothingIsLeftOfADatabaseThatCouldNotBeMade(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "latchkey.db")
	if _, err := sqlstore.Open(t.Context(), path, sqlstore.Options{MaxPages: 3}); !errors.Is(err, verifier.ErrStoreFull) {
		t.Fatalf("got %v, want %s", err, verifier.CodeStoreFull)
	}
	store := open(t, path, sqlstore.Options{})
	if err := store.Check(t.Context()); err != nil {
		t.Error(err)
	}
	drafts, err := filepath.Glob(filepath.Join(dir, ".new-*"))
	if err != nil || len(drafts) != 0 {
		t.Errorf("left behind: %v, %v", drafts, err)
	}
}

func TestAnotherProgramsDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, path).Exec("CREATE TABLE notes (text TEXT)"); err != nil {
		t.Fatal(err)
	}
	refusedOpen(t, path, verifier.ErrStoreCorrupt)
}

func TestNewerSchema(t *testing.T) {
	path := made(t)
	if _, err := raw(t, path).Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	refusedOpen(t, path, verifier.ErrStoreNewer)
}

func TestOlderSchema(t *testing.T) {
	path := made(t)
	if _, err := raw(t, path).Exec(`DROP INDEX events_by_time; DROP INDEX events_by_action;
		ALTER TABLE organization DROP COLUMN fingerprint_allowed; ALTER TABLE credentials DROP COLUMN computer;
		ALTER TABLE sessions DROP COLUMN model;
		PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	store := open(t, path, sqlstore.Options{})
	if err := store.Update(t.Context(), appendEvent(2, "second")); err != nil {
		t.Fatal(err)
	}
	plan, err := raw(t, path).Query(`EXPLAIN QUERY PLAN SELECT at FROM events INDEXED BY events_by_time
		WHERE sequence > (SELECT max(sequence) FROM events INDEXED BY events_by_action WHERE action = '') ORDER BY at DESC LIMIT 1`)
	if err != nil {
		t.Fatalf("the indexes of the newer schema are missing: %v", err)
	}
	if err := plan.Close(); err != nil {
		t.Error(err)
	}
}

func TestDamagedPage(t *testing.T) {
	path := made(t)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(content); i++ { // all but the header and the schema's first page
		content[i] ^= 0x5a
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
	if err == nil {
		defer store.Close()
		err = store.Check(t.Context())
	}
	if !errors.Is(err, verifier.ErrStoreCorrupt) {
		t.Fatalf("got %v, want %s", err, verifier.CodeStoreCorrupt)
	}
}

func TestOrphanedRecord(t *testing.T) {
	path := made(t)
	if _, err := raw(t, path).Exec("INSERT INTO grants (hash, account_id, expires_at) VALUES (x'00', 'nobody', 1)"); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path, sqlstore.Options{}).Check(t.Context()); !errors.Is(err, verifier.ErrStoreCorrupt) {
		t.Fatalf("got %v, want %s", err, verifier.CodeStoreCorrupt)
	}
}

func TestEventsCannotChange(t *testing.T) {
	path := made(t)
	db := raw(t, path)
	for _, statement := range []string{
		"UPDATE events SET actor = 'eve'",
		"DELETE FROM events",
		"INSERT OR REPLACE INTO events SELECT * FROM events",
		"INSERT INTO events SELECT 3, at, actor, action, subject, outcome, detail, hash FROM events",
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("%s was allowed", statement)
		}
	}
}

func TestFullDisk(t *testing.T) {
	path := made(t)
	small := open(t, path, sqlstore.Options{MaxPages: 60})
	acknowledged := int64(1)
	var err error
	for err == nil {
		if err = small.Update(t.Context(), appendEvent(acknowledged+1, strings.Repeat("x", 2000))); err == nil {
			acknowledged++
		}
	}
	if !errors.Is(err, verifier.ErrStoreFull) {
		t.Fatalf("got %v, want %s", err, verifier.CodeStoreFull)
	}
	// Nothing is lost and nothing half there, and it goes on when there is room.
	large := open(t, path, sqlstore.Options{})
	if err := large.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := large.Update(t.Context(), appendEvent(acknowledged+1, "room again")); err != nil {
		t.Fatal(err)
	}
}

// TestBusy holds the write lock in one store and tries to write in another, which
// is what two processes do to each other.
func TestBusy(t *testing.T) {
	path := made(t)
	holding, waiting := open(t, path, sqlstore.Options{}), open(t, path, sqlstore.Options{BusyTimeout: 20 * time.Millisecond})
	patient := open(t, path, sqlstore.Options{BusyTimeout: time.Hour})
	err := holding.Update(t.Context(), func(verifier.Tx) error {
		if err := waiting.Update(t.Context(), appendEvent(2, "")); !errors.Is(err, verifier.ErrStoreBusy) {
			return fmt.Errorf("a second writer got %v, want %s", err, verifier.CodeStoreBusy)
		}
		if err := waiting.View(t.Context(), func(tx verifier.Tx) error { _, err := tx.LastEvent(); return err }); err != nil {
			return fmt.Errorf("a reader was kept out: %w", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := patient.Update(ctx, appendEvent(2, "")); !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("a writer whose context ended got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := waiting.Update(t.Context(), appendEvent(2, "")); err != nil {
		t.Fatal(err)
	}
}
