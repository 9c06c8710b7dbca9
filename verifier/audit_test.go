package verifier_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"testing"

	"latchkey/verifier"
	"latchkey/verifier/sqlstore"
)

func TestEvents(t *testing.T) {
	f := newFixture(t)
	_, err := f.BeginSignIn(t.Context(), "alice", "wrong")
	f.refused(err, verifier.ErrWrongPassword)
	token := f.signIn("alice", f.newKey("alice")).Token
	events, err := f.Events(t.Context(), token, 0, 100)
	f.ok(err)
	var actions []string
	for i, event := range events {
		if event.Sequence != int64(i)+1 || event.At.IsZero() {
			t.Errorf("event %d is %+v", i+1, event)
		}
		actions = append(actions, event.Action)
	}
	want := []string{"organization.created", "account.added", "signing_key.created", "sign_in.refused",
		"credential.enrolled", "sign_in.ok"}
	if !slices.Equal(actions, want) {
		t.Errorf("the trail is %v, want %v", actions, want)
	}
	page, err := f.Events(t.Context(), token, 2, 3)
	f.ok(err)
	if !slices.Equal(page, events[2:5]) {
		t.Errorf("a page is %+v", page)
	}
	for _, limit := range []int{0, -1, 1001} {
		_, err := f.Events(t.Context(), token, 0, limit)
		f.refused(err, verifier.ErrInvalid)
	}
}

func TestEditedAuditTrail(t *testing.T) {
	for _, edit := range []string{
		"UPDATE events SET actor = 'eve' WHERE sequence = 2",
		"UPDATE events SET at = at + 1 WHERE sequence = 3",
		"UPDATE events SET outcome = outcome || 'x', detail = 'y' WHERE sequence = 1",
		"UPDATE events SET hash = zeroblob(32) WHERE sequence = 3",
		"DELETE FROM events WHERE sequence = 2",
		"DELETE FROM events WHERE sequence = 1",
	} {
		t.Run(edit, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "latchkey.db")
			store, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			f := newFixtureOver(t, store)
			f.ok(f.CheckStore(t.Context()))
			db, err := sql.Open("sqlite", path)
			f.ok(err)
			defer db.Close()
			_, err = db.Exec("DROP TRIGGER events_stay; DROP TRIGGER events_stay_the_same; " + edit)
			f.ok(err)
			f.refused(f.CheckStore(t.Context()), verifier.ErrStoreCorrupt)
		})
	}
}
