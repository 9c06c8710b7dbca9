//go:build !unix

package virtualkey

import (
	"errors"
	"os"
)

// lockFile refuses: without a lock, two keys could use one state file.
func lockFile(string) (*os.File, error) { return nil, errors.ErrUnsupported }
