package sqlstore_test

import (
	"testing"

	"latchkey/verifier"
)

// TestReadOnlyPlace uses a file system in which nobody can make a directory.
func TestReadOnlyPlace(t *testing.T) {
	refusedOpen(t, "/sys/latchkey/latchkey.db", verifier.ErrStoreReadOnly)
}
