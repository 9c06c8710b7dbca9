//go:build !unix && !windows

package cli

import (
	"context"
	"os"
)

// terminal is the one that a person sits at. Nobody knows here how to open it.
type terminal struct{ *os.File }

func openTerminal() (*terminal, error) { return nil, os.ErrNotExist }

func (t *terminal) readKey(p []byte) (int, error) { return t.File.Read(p[:1]) }

// waitReadable does not wait: a read here ends with the process.
func waitReadable(ctx context.Context, _ *os.File) error { return ctx.Err() }
