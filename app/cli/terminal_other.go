//go:build !unix

package cli

import (
	"context"
	"os"

	"golang.org/x/term"
)

// openTerminal returns the console behind standard input.
func openTerminal(in *os.File) (*os.File, error) {
	if !term.IsTerminal(int(in.Fd())) {
		return nil, os.ErrNotExist
	}
	return os.OpenFile("CONIN$", os.O_RDWR, 0)
}

// waitReadable does not wait: a console read ends with the process.
func waitReadable(ctx context.Context, _ *os.File) error { return ctx.Err() }
