package virtualkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"latchkey/fido/virtualkey/authenticator"
)

// maxStateSize bounds what is read: a full key stays far below it.
const maxStateSize = 1 << 20

// stateFile is a [authenticator.Store] in one JSON file of mode 0600. A side file, locked while the key exists, keeps a second process away.
type stateFile struct {
	path string
	lock *os.File
}

// openStateFile locks the file at path; it need not exist yet. Close gives it free.
func openStateFile(path string) (*stateFile, error) {
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("state file %s: %w", path, err)
	}
	return &stateFile{path: path, lock: lock}, nil
}

// Close unlocks the file. The side file stays: removing it would let two processes lock two different ones.
func (f *stateFile) Close() error { return f.lock.Close() }

// Load implements [authenticator.Store].
func (f *stateFile) Load() (authenticator.State, bool, error) {
	state, err := f.read()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return authenticator.State{}, false, nil
	case err != nil:
		return authenticator.State{}, false, fmt.Errorf("state file %s: %w", f.path, err)
	default:
		return state, true, nil
	}
}

func (f *stateFile) read() (state authenticator.State, err error) {
	file, err := os.Open(f.path)
	if err != nil {
		return state, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return state, err
	}
	if !info.Mode().IsRegular() {
		return state, errors.New("it is not a regular file: choose another path")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return state, fmt.Errorf("others can read it (mode %04o), and it holds private keys: if it is yours, run chmod 600 on it", mode)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxStateSize+1))
	if err != nil {
		return state, err
	}
	if len(data) > maxStateSize {
		return state, damaged(fmt.Errorf("it is longer than %d bytes", maxStateSize))
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&state); err != nil {
		return state, damaged(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return state, damaged(errors.New("something follows the state"))
	}
	if err := state.Validate(); err != nil {
		return state, damaged(err)
	}
	return state, nil
}

func damaged(cause error) error {
	return fmt.Errorf("it is damaged and was left as it is: restore a copy, or choose another path for a new key: %w", cause)
}

// Save implements [authenticator.Store]: the new state is on the disk under another name before it takes the place of the old one.
func (f *stateFile) Save(state authenticator.State) error {
	data, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the state: %w", err)
	}
	if err := replaceFile(f.path, append(data, '\n')); err != nil {
		return fmt.Errorf("write state file %s: %w", f.path, err)
	}
	return nil
}

// replaceFile gives the file at path (mode 0600) new content, all or nothing, and durably. The caller holds the lock, so one name is
// enough for the new file, and what a crash left of it does not pile up.
func replaceFile(path string, data []byte) error {
	fresh := path + ".new"
	if err := remove(fresh); err != nil {
		return err
	}
	err := writeFile(fresh, data)
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		return errors.Join(err, remove(fresh))
	}
	return syncDir(filepath.Dir(path))
}

// remove removes the file if it is there.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
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

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
