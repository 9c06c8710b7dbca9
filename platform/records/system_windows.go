package records

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes the lock of file unless somebody else has it. It goes with the file's
// Close, and with the process.
func tryLock(file *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(file.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// private holds: what lies below a person's own folder inherits its access list, and
// there are no mode bits to look at.
func private(fs.FileInfo) bool { return true }

// syncDir has nothing to do: NTFS keeps names in its journal.
func syncDir(string) error { return nil }
