//go:build unix

package sqlstore

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"

	"latchkey/verifier"
)

// owned is a private file or directory of somebody's.
type owned struct {
	mode fs.FileMode
	uid  uint32
}

func (o owned) Name() string       { return "" }
func (o owned) Size() int64        { return 0 }
func (o owned) Mode() fs.FileMode  { return o.mode }
func (o owned) ModTime() time.Time { return time.Time{} }
func (o owned) IsDir() bool        { return o.mode.IsDir() }
func (o owned) Sys() any           { return &syscall.Stat_t{Uid: o.uid} }

// Who owns a directory can swap what is in it, whatever its mode.
func TestSomebodyElsesPlace(t *testing.T) {
	me := uint32(os.Geteuid())
	other := me + 1
	for name, test := range map[string]struct {
		err  error
		want error
	}{
		"own directory":    {checkDirectory("place", owned{fs.ModeDir | 0o700, me}), nil},
		"root's directory": {checkDirectory("place", owned{fs.ModeDir | 0o755, 0}), nil},
		"their directory":  {checkDirectory("place", owned{fs.ModeDir | 0o755, other}), verifier.ErrStoreUnsafe},
		"own file":         {checkFile("file", owned{0o600, me}), nil},
		"their file":       {checkFile("file", owned{0o600, other}), verifier.ErrStoreUnsafe},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: got %v, want %v", name, test.err, test.want)
		}
	}
}
