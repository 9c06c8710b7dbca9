//go:build unix

package cli

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// terminal is the one that a person sits at.
type terminal struct{ *os.File }

// openTerminal opens the controlling terminal, wherever standard input comes from,
// and does not make one ours that is not.
func openTerminal() (*terminal, error) {
	file, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	return &terminal{file}, nil
}

// readKey reads no more than one key, so that what was typed ahead is still there for
// the next question.
func (t *terminal) readKey(p []byte) (int, error) { return t.File.Read(p[:1]) }

// waitReadable waits until file has something to read (its end included) or ctx
// ends. It looks up from the wait ten times a second: a terminal in blocking mode
// has no other way out of a read.
func waitReadable(ctx context.Context, file *os.File) error {
	const lookUp = 100 // milliseconds
	descriptors := []unix.PollFd{{Fd: int32(file.Fd()), Events: unix.POLLIN}}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := unix.Poll(descriptors, lookUp)
		if n > 0 || err != nil && err != unix.EINTR {
			return nil // ready, or a read will say what is wrong
		}
	}
}
