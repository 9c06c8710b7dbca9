//go:build windows

package keychain

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock locks file, or returns errHeld.
func tryLock(file *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errHeld
	}
	return err
}

// syncDirectory has nothing to do: NTFS journals its directories.
func syncDirectory(string) error { return nil }
