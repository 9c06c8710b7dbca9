package wire

import (
	"context"
	"sync"

	"latchkey/verifier"
)

// closableStore is a store that holds a file open.
type closableStore interface {
	verifier.Store
	Close() error
}

// lazyStore opens the database when it is first needed. Commands that do not need
// it then neither pay for it nor fail with it, and the self-check can say what is
// wrong with it. A failure to open is not remembered: the next try may succeed.
type lazyStore struct {
	open func(ctx context.Context) (closableStore, error)

	mu    sync.Mutex
	store closableStore
}

func (l *lazyStore) get(ctx context.Context) (closableStore, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.store == nil {
		store, err := l.open(ctx)
		if err != nil {
			return nil, err
		}
		l.store = store
	}
	return l.store, nil
}

func (l *lazyStore) View(ctx context.Context, fn func(verifier.Tx) error) error {
	store, err := l.get(ctx)
	if err != nil {
		return err
	}
	return store.View(ctx, fn)
}

func (l *lazyStore) Update(ctx context.Context, fn func(verifier.Tx) error) error {
	store, err := l.get(ctx)
	if err != nil {
		return err
	}
	return store.Update(ctx, fn)
}

func (l *lazyStore) Check(ctx context.Context) error {
	store, err := l.get(ctx)
	if err != nil {
		return err
	}
	return store.Check(ctx)
}

// Close closes the database if it was opened.
func (l *lazyStore) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.store == nil {
		return nil
	}
	store := l.store
	l.store = nil
	return store.Close()
}
