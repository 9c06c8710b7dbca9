// Command latchkey-desktop is Latchkey's window. The command line beside it is
// app/latchkey, which needs no display.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"latchkey/app/desktop"
	"latchkey/app/desktop/widgets"
	"latchkey/app/wire"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "latchkey-desktop:", err)
		os.Exit(1)
	}
}

// startGC lets the heap grow while the window comes up: what is allocated then, fonts above all, mostly stays, so that
// collecting would find little. Once it is up the usual limit holds again and the rest goes back to the system.
const startGC = 800

func run() (err error) {
	virtual := flag.Bool("allow-virtual-keys", false, "on first run, let software keys be enrolled, for trying things out")
	flag.Parse()
	usualGC := debug.SetGCPercent(startGC)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // what cannot be called off is ended by the second Ctrl-C
	var window atomic.Uintptr    // its handle, for the system's own dialogues to stand in front of it
	useCases, closeAll, err := wire.Open(wire.Settings{Window: window.Load})
	if err != nil {
		if runtime.GOOS == "windows" { // where nobody sees stderr
			desktop.ShowFailure(ctx, newApp(), err)
		}
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	computer, err := os.Hostname()
	if err != nil {
		computer = "" // what is built in is then not named after it
	}
	gui := newApp()
	gui.Lifecycle().SetOnStarted(func() {
		debug.SetGCPercent(usualGC)
		go debug.FreeOSMemory()
	})
	desktop.New(ctx, gui, desktop.Deps{
		Companion: useCases, Clock: widgets.SystemClock{}, OnUI: fyne.Do, Computer: computer, AllowVirtualKeys: *virtual,
		NativeWindow: window.Store,
	}).Run()
	return nil
}

func newApp() fyne.App {
	// FyneApp.toml says the same to Fyne's tools; a program built by go alone does not read it.
	app.SetMetadata(fyne.AppMetadata{
		ID: "app.latchkey.desktop", Name: "Latchkey", Version: wire.Version, Migrations: map[string]bool{"fyneDo": true},
	})
	return app.New()
}
