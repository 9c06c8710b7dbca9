package wire

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"latchkey/verifier"
)

type countingStore struct {
	verifier.Store
	viewed, closed int
}

func (s *countingStore) View(context.Context, func(verifier.Tx) error) error { s.viewed++; return nil }
func (s *countingStore) Close() error                                        { s.closed++; return nil }

func TestLookingMakesNoDatabase(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	t.Setenv(HomeVariable, home)
	c, closeAll, err := Open(Settings{})
	if err != nil {
		t.Fatal(err)
	}
	overview, err := c.Overview(t.Context())
	if err != nil || overview.Organization != nil {
		t.Errorf("%+v, %v", overview, err)
	}
	if err := c.RelyingParty.CheckStore(t.Context()); err != nil {
		t.Error(err)
	}
	if err := closeAll(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(home); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder has been made: %v", err)
	}
}

func TestLazyStoreOpensOnceAndTriesAgainAfterAFailure(t *testing.T) {
	ctx := context.Background()
	opened, failure := 0, errors.New("busy")
	inner := &countingStore{}
	store := &lazyStore{path: t.TempDir(), open: func(context.Context) (closableStore, error) {
		opened++
		return inner, failure
	}}
	if err := store.Close(); err != nil || opened != 0 {
		t.Fatalf("closing what was never opened: %v, opened %d", err, opened)
	}
	for name, err := range map[string]error{
		"view": store.View(ctx, nil), "update": store.Update(ctx, nil), "check": store.Check(ctx),
	} {
		if !errors.Is(err, failure) {
			t.Errorf("%s: %v", name, err)
		}
	}
	failure = nil
	for range 2 {
		if err := store.View(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}
	if opened != 4 || inner.viewed != 2 {
		t.Errorf("opened %d times, viewed %d times", opened, inner.viewed)
	}
	if err := store.Close(); err != nil || inner.closed != 1 {
		t.Errorf("close: %v, %d", err, inner.closed)
	}
}
