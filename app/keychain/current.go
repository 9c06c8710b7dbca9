package keychain

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// current says whose session is the current one.
type current struct {
	Organization string `json:"organization"`
	Username     string `json:"username"`
}

// currentFile is the path of the file that holds it.
type currentFile string

// read returns the current account, the zero one where there is none yet.
func (f currentFile) read() (current, error) {
	content, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return current{}, nil
	}
	if err != nil {
		return current{}, fmt.Errorf("reading who is signed in: %w", err)
	}
	var account current
	// A file that somebody has damaged is worth no more than none: the next
	// sign-in writes it anew.
	if json.Unmarshal(content, &account) != nil {
		return current{}, nil
	}
	return account, nil
}

// write replaces the file as a whole: who reads it meanwhile, or after a crash,
// finds either the old or the new account.
func (f currentFile) write(account current) error {
	err := f.replace(account)
	if err == nil {
		err = syncDirectory(filepath.Dir(string(f)))
	}
	if err != nil {
		return fmt.Errorf("noting who is signed in: %w", err)
	}
	return nil
}

func (f currentFile) replace(account current) (err error) {
	content, err := json.Marshal(account)
	if err != nil {
		return err
	}
	directory := filepath.Dir(string(f))
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	// CreateTemp makes it 0600 and gives two processes two files.
	next, err := os.CreateTemp(directory, ".current-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(next.Name()))
		}
	}()
	if _, err := next.Write(content); err != nil {
		return errors.Join(err, next.Close())
	}
	if err := next.Sync(); err != nil {
		return errors.Join(err, next.Close())
	}
	if err := next.Close(); err != nil {
		return err
	}
	return os.Rename(next.Name(), string(f))
}
