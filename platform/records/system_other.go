//go:build !unix && !windows

package records

import (
	"errors"
	"io/fs"
	"os"
)

// tryLock refuses: without a lock two processes could undo each other's changes.
func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }

func private(fs.FileInfo) bool { return true }

func syncDir(string) error { return errors.ErrUnsupported }
