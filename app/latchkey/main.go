// Command latchkey signs people in with a security key, with or without a network.
// It is the desktop app's equal in a terminal and links no GUI library, so that it
// starts where nothing can be drawn.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"latchkey/app/cli"
	"latchkey/app/companion"
	"latchkey/app/wire"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // what cannot be called off is ended by the second Ctrl-C
	program := cli.Program{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Version: wire.Version,
		Open: func(settings cli.Settings) (*companion.Companion, func() error, error) {
			return wire.Open(wire.Settings{Devices: settings.Devices})
		},
	}
	return program.Run(ctx, os.Args[1:])
}
