package keychain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"latchkey/app/companion"
)

// fakeStore answers reads and removals with a function.
type fakeStore struct {
	answer func(ctx context.Context) (string, error)
}

func (s fakeStore) get(ctx context.Context, _ string) (string, error) { return s.answer(ctx) }
func (s fakeStore) set(ctx context.Context, _, _ string) error        { _, err := s.answer(ctx); return err }
func (s fakeStore) remove(ctx context.Context, _ string) error        { _, err := s.answer(ctx); return err }

// TestOneCallAtMostIsLeftOver hangs a call as a prompt would.
func TestOneCallAtMostIsLeftOver(t *testing.T) {
	ctx := context.Background()
	calls, answer := make(chan struct{}, 8), make(chan struct{})
	r := newRing(fakeStore{func(context.Context) (string, error) {
		calls <- struct{}{}
		<-answer
		return "late", nil
	}}, 20*time.Millisecond)
	for range 3 {
		if _, err := r.get(ctx, "name"); !errors.Is(err, companion.ErrNoKeyring) {
			t.Error(err)
		}
	}
	if len(calls) != 1 {
		t.Errorf("%d calls hang", len(calls))
	}
	close(answer)
	r.patience = patience
	if got, err := r.get(ctx, "name"); got != "late" || err != nil {
		t.Errorf("after the answer: %q, %v", got, err)
	}
}

func TestErrorsOfAStore(t *testing.T) {
	for name, test := range map[string]struct{ from, want error }{
		"not found":   {errNotFound, errNotFound},
		"locked":      {fmt.Errorf("wrapped: %w", companion.ErrKeyringLocked), companion.ErrKeyringLocked},
		"any other":   {errors.New("broken"), companion.ErrNoKeyring},
		"out of time": {context.DeadlineExceeded, companion.ErrNoKeyring},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing(fakeStore{func(context.Context) (string, error) { return "", test.from }}, patience)
			err := r.remove(context.Background(), "name")
			if !errors.Is(err, test.want) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestCheckRefusesAKeyringThatForgets(t *testing.T) {
	forgetful := fakeStore{func(context.Context) (string, error) { return "something else", nil }}
	if err := over(newRing(forgetful, patience), t.TempDir()).Check(context.Background()); !errors.Is(err, companion.ErrNoKeyring) {
		t.Error(err)
	}
}

func TestCheckRefusesAKeyringThatKeepsNothing(t *testing.T) {
	k := over(newRing(sieve{}, patience), t.TempDir())
	if err := k.Check(t.Context()); !errors.Is(err, companion.ErrNoKeyring) {
		t.Error(err)
	}
}

// sieve takes every value and has none.
type sieve struct{}

func (sieve) get(context.Context, string) (string, error) { return "", errNotFound }
func (sieve) set(context.Context, string, string) error   { return nil }
func (sieve) remove(context.Context, string) error        { return errNotFound }

func TestCurrentFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	file := currentFile(filepath.Join(dir, "current.json"))
	if got, err := file.read(); got != (current{}) || err != nil {
		t.Errorf("no file: %v, %v", got, err)
	}
	for _, want := range []current{{"o", "anna"}, {"o", "ben\n\"quoted\""}} {
		if err := file.write(want); err != nil {
			t.Fatal(err)
		}
		if got, err := file.read(); got != want || err != nil {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
	if err := os.WriteFile(string(file), []byte(`{"organization":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := file.read(); got != (current{}) || err != nil {
		t.Errorf("damaged: %v, %v", got, err)
	}
	if err := file.write(current{"o", "anna"}); err != nil {
		t.Errorf("a damaged file is not replaced: %v", err)
	}
	// A folder in its place can be neither read nor replaced, and nothing is left.
	file = currentFile(filepath.Join(dir, "folder"))
	if err := os.Mkdir(string(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := file.read(); err == nil {
		t.Error("read a folder")
	}
	if file.write(current{"o", "anna"}) == nil {
		t.Error("replaced a folder")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFileLock(t *testing.T) {
	ctx := context.Background()
	lock := fileLock(filepath.Join(t.TempDir(), "sub", "lock"))
	unlock, err := lock.lock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 15*time.Millisecond)
	defer cancel()
	if _, err := lock.lock(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("locked twice: %v", err)
	}
	unlock()
	unlock, err = lock.lock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
