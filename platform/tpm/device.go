package tpm

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"time"

	"github.com/google/go-tpm/tpm2/transport"
)

// Patience is how long at most the TPM is waited for, the others' turns before included.
// Software answers in milliseconds, the slowest chip in a second or two.
const Patience = 10 * time.Second

// Device is one TPM, which one at a time uses: without a resource manager it has room for
// three objects. So all the authenticators of a program share one Device.
type Device struct {
	path     string
	patience time.Duration
	turn     chan struct{} // whoever uses the TPM holds its one place

	// open opens the TPM for a row of commands that ends at a moment, as far as the
	// transport can end one.
	open func(path string, until time.Time) (transport.TPMCloser, error)
}

// NewDevice returns the TPM at path: a device, or the socket on which a software TPM
// listens; "" means [DefaultPath]. Nothing is opened until it is used.
func NewDevice(path string) *Device {
	if path == "" {
		path = DefaultPath
	}
	return newDevice(path, Patience, open)
}

func newDevice(path string, patience time.Duration, open func(string, time.Time) (transport.TPMCloser, error)) *Device {
	return &Device{path: path, patience: patience, turn: make(chan struct{}, 1), open: open}
}

// Virtual tells whether the TPM is to be taken for software, whose keys can be copied:
// all that does not bear the kernel's own name for one in /dev, where the administrator
// alone can put something. Other names there, as /dev/stdin, lead anywhere.
func (d *Device) Virtual() bool { return !ofTheKernel.MatchString(filepath.Clean(d.path)) }

var ofTheKernel = regexp.MustCompile(`^/dev/tpm(rm)?[0-9]+$`)

// take waits for the TPM. Whoever has taken it gives it back.
func (d *Device) take(ctx context.Context) (giveBack func(), err error) {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	giveBack = func() { <-d.turn }
	if err := ctx.Err(); err != nil { // both were possible
		giveBack()
		return nil, err
	}
	return giveBack, nil
}

// errSilent says that the TPM has not answered for as long as anybody waits.
var errSilent = errors.New("the TPM does not answer")

// await returns what work does with the TPM, or stops waiting: with ctx's error when that
// ends, with errSilent when the patience does.
//
// A command cannot be taken back, and what it has loaded has to be flushed. So work that
// has its turn goes on without who has asked for it, holds the TPM until it is through,
// and nobody gets its result. That takes milliseconds; with a TPM that does not answer, a
// socket is given up after the patience, and the kernel gives up a chip by itself, after
// minutes at the worst. Work that waits for its turn ends at once.
func await[T any](ctx context.Context, patience time.Duration, work func(context.Context) (T, error)) (T, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := work(limited)
		done <- outcome{value, err}
	}()
	var out outcome
	select {
	case out = <-done:
	case <-limited.Done():
		out.err = limited.Err()
	}
	if errors.Is(out.err, context.DeadlineExceeded) && ctx.Err() == nil {
		out.err = errSilent
	}
	return out.value, out.err
}
