package wire

import (
	"context"
	"errors"
	"io/fs"
	"os"
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
//
// Looking makes no database where there is none yet: that takes an Update.
type lazyStore struct {
	path string
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

// absent tells that there is no database to look at yet.
func (l *lazyStore) absent() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.store != nil {
		return false
	}
	_, err := os.Stat(l.path)
	return errors.Is(err, fs.ErrNotExist)
}

func (l *lazyStore) View(ctx context.Context, fn func(verifier.Tx) error) error {
	if l.absent() {
		return verifier.ErrNoOrganization
	}
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
	if l.absent() {
		return nil
	}
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
