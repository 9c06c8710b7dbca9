//go:build unix

package records_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"latchkey/platform/records"
)

func TestFileIsItsOwnersAlone(t *testing.T) {
	s := newStore(t)
	add(t, s, sample(1))
	for path, want := range map[string]os.FileMode{s.Path(): 0o600, s.Path() + ".lock": 0o600, filepath.Dir(s.Path()): 0o700} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if err := os.Chmod(s.Path(), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := s.All(); !errors.Is(err, records.ErrUnsafe) {
		t.Errorf("a file that the group reads: %v", err)
	}
}
