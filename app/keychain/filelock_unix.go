//go:build !windows

package keychain

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock locks file, or returns errHeld.
func tryLock(file *os.File) error {
	err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errHeld
	}
	return err
}

// syncDirectory makes a new entry of the directory durable.
func syncDirectory(directory string) error {
	file, err := os.Open(directory)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
