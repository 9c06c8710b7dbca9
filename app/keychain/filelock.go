package keychain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// fileLock is the path of an empty file that at most one holder, of any goroutine
// or process, has locked. The operating system lets go of it when its holder dies.
type fileLock string

// errHeld means that somebody else holds the lock.
var errHeld = errors.New("held by another process")

// lock waits for the lock until ctx ends. The function that it returns lets go.
func (f fileLock) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(string(f), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	// Neither operating system's waiting lock can be called off.
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		err := tryLock(file)
		if err == nil {
			return func() { _ = file.Close() }, nil // closing lets go
		}
		if !errors.Is(err, errHeld) {
			return nil, errors.Join(fmt.Errorf("locking %s: %w", f, err), file.Close())
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		}
	}
}
