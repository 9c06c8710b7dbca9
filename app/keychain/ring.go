package keychain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/app/companion"
)

const (
	// service is the name under which all values of Latchkey stand in the keyring.
	service = "latchkey"
	// maxValue is how many bytes a value may have. Windows refuses more than 2,560
	// and macOS more than about 3,000; Latchkey needs 44.
	maxValue = 1024
	// patience is how long a keyring may take. One that answers at all does so
	// within milliseconds; the rest is for one that has to be started first.
	patience = 5 * time.Second
)

var (
	errNotFound = errors.New("not in the keyring")
	errTooLarge = errors.New("too large for the keyring")
)

// store is the keyring of an operating system. get and remove return errNotFound
// where there is no such value. An error that wraps neither companion.ErrNoKeyring
// nor companion.ErrKeyringLocked counts as the former.
type store interface {
	get(ctx context.Context, name string) (value string, err error)
	set(ctx context.Context, name, value string) error
	remove(ctx context.Context, name string) error
}

// ring is a store with a time limit, and with errors that are all ours: errNotFound,
// errTooLarge, those of companion, or that of the caller's context.
type ring struct {
	store    store
	patience time.Duration
	// turn lets one call at the store at a time. go-keyring cannot be called off: a
	// call that runs out of time goes on until the keyring answers or its bus
	// breaks, and keeps the turn until then. So no more than one is ever left over.
	turn chan struct{}
}

func newRing(store store, patience time.Duration) ring {
	return ring{store: store, patience: patience, turn: make(chan struct{}, 1)}
}

func (r ring) get(ctx context.Context, name string) (value string, err error) {
	return r.do(ctx, func(ctx context.Context) (string, error) { return r.store.get(ctx, name) })
}

func (r ring) set(ctx context.Context, name, value string) error {
	if len(value) > maxValue {
		return fmt.Errorf("%w: %d bytes, and %d is the most", errTooLarge, len(value), maxValue)
	}
	_, err := r.do(ctx, func(ctx context.Context) (string, error) { return "", r.store.set(ctx, name, value) })
	return err
}

func (r ring) remove(ctx context.Context, name string) error {
	_, err := r.do(ctx, func(ctx context.Context) (string, error) { return "", r.store.remove(ctx, name) })
	return err
}

// do runs call within the time limit.
func (r ring) do(parent context.Context, call func(context.Context) (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(parent, r.patience)
	defer cancel()
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return "", r.late(parent)
	}
	type answer struct {
		value string
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		defer func() { <-r.turn }()
		value, err := call(ctx)
		answered <- answer{value, err}
	}()
	select {
	case got := <-answered:
		return got.value, r.explain(parent, got.err)
	case <-ctx.Done():
		return "", r.late(parent)
	}
}

// late is the error of a call that ran out of time: the caller's own, or ours.
func (r ring) late(parent context.Context) error {
	if err := parent.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w: it did not answer within %v", companion.ErrNoKeyring, r.patience)
}

// explain turns the error of a store into one of ours.
func (r ring) explain(parent context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, errNotFound),
		errors.Is(err, companion.ErrNoKeyring), errors.Is(err, companion.ErrKeyringLocked):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return r.late(parent)
	}
	return fmt.Errorf("%w: %w", companion.ErrNoKeyring, err)
}
