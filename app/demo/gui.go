package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"latchkey/app/wire"
	"latchkey/fido/ceremony"
)

// gui starts the desktop app in the person's own home. Where no key is plugged in
// it offers a software key, which lasts as long as the window and remembers what it
// holds for the next time.
func gui(ctx context.Context, bin string) error {
	app := exec.CommandContext(ctx, filepath.Join(bin, "latchkey-desktop"))
	app.Stdout, app.Stderr = os.Stdout, os.Stderr
	app.Cancel = func() error { return app.Process.Signal(syscall.SIGTERM) }
	if keyPluggedIn(ctx, bin) || !agrees(ctx, os.Stdin, "No security key is plugged in. Use a virtual one, to try things out? [y/N] ") {
		return show(ctx, app)
	}
	dir, err := wire.DataDir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	link := filepath.Join(dir, "virtual-key")
	// The key asks at this terminal whether it is touched.
	key := exec.CommandContext(ctx, filepath.Join(bin, "virtualkey"), "serve", "--touch", "ask", "--link", link, "--state", link+".state")
	key.Stdin, key.Stderr = os.Stdin, os.Stderr
	key.Cancel = func() error { return key.Process.Signal(syscall.SIGTERM) }
	out, err := key.StdoutPipe()
	if err != nil {
		return err
	}
	if err := key.Start(); err != nil {
		return fmt.Errorf("the virtual key: %w", err)
	}
	defer func() {
		_ = key.Process.Signal(syscall.SIGTERM)
		_ = key.Wait()
	}()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return fmt.Errorf("the virtual key did not say where it is: %w", err)
	}
	fmt.Println("The virtual key is plugged in. When the window asks you to touch it, answer here.")
	app.Args = append(app.Args, "--allow-virtual-keys")
	app.Env = append(os.Environ(), "LATCHKEY_DEVICE="+link)
	return show(ctx, app)
}

// keyPluggedIn tells whether there is a security key beside what is built in.
func keyPluggedIn(ctx context.Context, bin string) bool {
	listed, err := exec.CommandContext(ctx, filepath.Join(bin, "latchkey"), "device", "list", "--json").Output()
	return err == nil && bytes.Contains(listed, []byte(`"`+ceremony.KindSecurityKey+`"`))
}

// show runs the app until it ends or is told to by ctx, which is no failure.
func show(ctx context.Context, app *exec.Cmd) error {
	if err := app.Run(); ctx.Err() == nil {
		return err
	}
	return nil
}

// agrees asks a yes-or-no question; no terminal means no, and so does the end of ctx. What reads the answer then ends with
// the process.
func agrees(ctx context.Context, in io.Reader, question string) bool {
	fmt.Print(question)
	answered := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil {
			line = ""
		}
		answered <- line
	}()
	select {
	case line := <-answered:
		if line == "" {
			fmt.Println()
		}
		line = strings.ToLower(strings.TrimSpace(line))
		return line == "y" || line == "yes"
	case <-ctx.Done():
		fmt.Println()
		return false
	}
}
