package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Store is one file of records. It is safe for use by several goroutines and
// processes at once.
type Store struct{ path string }

// New returns the store in the file at path. Neither the file nor its folder need
// exist yet: the first change makes them.
func New(path string) *Store { return &Store{path: path} }

// Path is where the file is.
func (s *Store) Path() string { return s.path }

// All returns every record in the order in which they were made. A file that is not
// there has none. The errors are [ErrDamaged], [ErrNewer], [ErrUnsafe] and those of
// the file system.
func (s *Store) All() ([]Record, error) {
	credentials, err := s.read()
	if err != nil {
		return nil, fmt.Errorf("credentials in %s: %w", s.path, err)
	}
	return credentials, nil
}

// Update replaces the records by what change makes of them. No other process or
// goroutine changes them meanwhile, so change should not wait for a person. When
// Update returns nil the new records are on the disk; when it fails the old ones are.
// The error is change's own, ctx's while it waits for another process, or one of those
// of [Store.All].
func (s *Store) Update(ctx context.Context, change func([]Record) ([]Record, error)) (err error) {
	failed := func(err error) error { return fmt.Errorf("credentials in %s: %w", s.path, err) }
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return failed(err)
	}
	lock, err := s.lock(ctx)
	if err != nil {
		return failed(err)
	}
	defer func() {
		if unlocking := lock.Close(); err == nil && unlocking != nil {
			err = failed(unlocking)
		}
	}()
	credentials, err := s.read()
	if err != nil {
		return failed(err)
	}
	changed, err := change(slices.Clone(credentials))
	if err != nil {
		return err
	}
	data, err := encode(changed)
	if err != nil {
		return failed(err)
	}
	if err := replaceFile(s.path, data); err != nil {
		return failed(err)
	}
	return nil
}

// lockInterval is how often a lock that is taken is tried again: the others hold it
// for a few signatures of a chip.
const lockInterval = 10 * time.Millisecond

// lock waits until nobody else has the side file, which stays when it is closed:
// removing it would let two processes lock two different ones.
func (s *Store) lock(ctx context.Context) (*os.File, error) {
	file, err := os.OpenFile(s.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	again := time.NewTicker(lockInterval)
	defer again.Stop()
	for {
		taken, err := tryLock(file)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lock: %w", err), file.Close())
		}
		if taken {
			return file, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-again.C:
		}
	}
}

func (s *Store) read() ([]Record, error) {
	file, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is not a regular file", ErrDamaged)
	}
	if !private(info) {
		return nil, fmt.Errorf("%w (mode %04o)", ErrUnsafe, info.Mode().Perm())
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrDamaged, maxFile)
	}
	return decode(data)
}

// replaceFile gives the file at path new content, all or nothing, and durably. The
// caller holds the lock, so one name is enough for the new file, and what a crash left
// of it does not pile up.
func replaceFile(path string, data []byte) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := writeFile(fresh, data)
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		if removing := os.Remove(fresh); !errors.Is(removing, fs.ErrNotExist) {
			err = errors.Join(err, removing)
		}
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeFile makes a new file and returns once its content is on the disk.
func writeFile(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
