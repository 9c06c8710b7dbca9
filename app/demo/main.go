// Command demo shows Latchkey's main job on a machine without a security key, a
// network or a display: it makes an organisation, enrols a key through libfido2,
// signs in inside a network namespace of its own, keeps the session in a real
// Secret Service and hands out a token that it checks against the published keys.
// Then it shows what is refused, and goes on with the security chip of the computer, an
// emulated one.
//
// Each step runs the programs that are shipped. The key is fido/virtualkey, a
// software authenticator behind a pseudo-terminal. A step that ends otherwise than
// it should ends the demo with a non-zero exit code.
//
// "demo gui" starts the desktop app instead, with a software key where no key is
// plugged in and the person agrees.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "\nThe demo failed:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bin := filepath.Dir(self)
	if len(os.Args) == 2 && os.Args[1] == "gui" {
		return gui(ctx, bin)
	}
	stage, err := newStage(ctx, bin)
	if err != nil {
		return err
	}
	defer stage.close()
	return play(ctx, stage)
}
