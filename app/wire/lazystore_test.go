package wire

import (
	"context"
	"errors"
	"testing"

	"latchkey/verifier"
)

type countingStore struct {
	verifier.Store
	viewed, closed int
}

func (s *countingStore) View(context.Context, func(verifier.Tx) error) error { s.viewed++; return nil }
func (s *countingStore) Close() error                                        { s.closed++; return nil }

func TestLazyStoreOpensOnceAndTriesAgainAfterAFailure(t *testing.T) {
	ctx := context.Background()
	opened, failure := 0, errors.New("busy")
	inner := &countingStore{}
	store := &lazyStore{open: func(context.Context) (closableStore, error) {
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
