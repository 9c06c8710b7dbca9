// Package xvfbtest runs a real window on a display of its own (Xvfb) and uses it as
// a person would: with the keyboard, looking at the window's title and taking
// screenshots. It needs the Debian packages xvfb, xdotool and imagemagick.
package xvfbtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Display is a running Xvfb.
type Display struct {
	name   string // ":N"
	server *exec.Cmd
}

// Start starts an X server with a screen of width×height pixels on a free display.
// It listens on no network address. Close ends it.
func Start(ctx context.Context, width, height int) (*Display, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	const firstExtraFile = "3"
	server := exec.CommandContext(ctx, "Xvfb", "-displayfd", firstExtraFile, "-nolisten", "tcp", "-noreset",
		"-screen", "0", fmt.Sprintf("%dx%dx24", width, height))
	server.ExtraFiles = []*os.File{write}
	err = server.Start()
	_ = write.Close()
	if err != nil {
		return nil, fmt.Errorf("xvfb does not start: %w. Install it with: make deps", err)
	}
	d := &Display{server: server}
	number, err := bufio.NewReader(read).ReadString('\n') // written when it takes connections
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("xvfb did not say its display: %w", err)
	}
	d.name = ":" + strings.TrimSpace(number)
	return d, nil
}

// Close ends the server and with it every window.
func (d *Display) Close() {
	_ = d.server.Process.Kill()
	_ = d.server.Wait()
}

// Env returns the variables that put a program's windows on the display.
func (d *Display) Env() []string {
	return []string{"DISPLAY=" + d.name, "WAYLAND_DISPLAY=", "LANG=en_GB.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1"}
}

// Window is a window on a display.
type Window struct {
	display *Display
	id      string
}

// Find waits until a window is shown whose title contains title.
func (d *Display) Find(ctx context.Context, title string) (*Window, error) {
	tick := time.NewTicker(10 * time.Millisecond) // xdotool's own --sync looks twice a second
	defer tick.Stop()
	for {
		// It fails while there is none.
		out, err := d.run(ctx, "xdotool", "search", "--onlyvisible", "--name", title)
		if id, _, _ := strings.Cut(strings.TrimSpace(out), "\n"); err == nil && id != "" {
			return &Window{display: d, id: id}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("no window %q: %w", title, ctx.Err())
		case <-tick.C:
		}
	}
}

// Focus gives the window the keyboard, as a window manager would; there is none.
func (w *Window) Focus(ctx context.Context) error {
	_, err := w.display.run(ctx, "xdotool", "windowfocus", "--sync", w.id)
	return err
}

// Type types text, a key at a time.
func (w *Window) Type(ctx context.Context, text string) error {
	_, err := w.display.run(ctx, "xdotool", "type", "--delay", "15", text)
	return err
}

// Press presses keys by their X names, for example "Tab", "Return" or "shift+Tab".
func (w *Window) Press(ctx context.Context, keys ...string) error {
	_, err := w.display.run(ctx, "xdotool", append([]string{"key", "--delay", "30"}, keys...)...)
	return err
}

// Title returns the window's title.
func (w *Window) Title(ctx context.Context) (string, error) {
	out, err := w.display.run(ctx, "xdotool", "getwindowname", w.id)
	return strings.TrimSpace(out), err
}

// Await waits until the window's title contains text.
func (w *Window) Await(ctx context.Context, text string) error {
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	var last string
	for {
		title, err := w.Title(ctx)
		if err == nil && strings.Contains(title, text) {
			return nil
		}
		if err == nil {
			last = title
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the window's title is %q and not %q: %w", last, text, errors.Join(ctx.Err(), err))
		case <-tick.C:
		}
	}
}

// Screenshot writes what the display shows to a PNG file, once three pictures in a
// row are alike: what was about to be drawn then is. What never stands still is
// taken as it is after two seconds.
func (d *Display) Screenshot(ctx context.Context, file string) error {
	const enough = 3
	deadline := time.Now().Add(2 * time.Second)
	var last string
	alike := 0
	err := d.watch(ctx, func(pixels string) bool {
		if pixels != last {
			last, alike = pixels, 0
		}
		alike++
		return alike == enough || time.Now().After(deadline)
	})
	if err != nil {
		return err
	}
	_, err = d.run(ctx, "import", "-window", "root", "-strip", file)
	return err
}

// AwaitColor waits until something of exactly that colour is shown.
func (d *Display) AwaitColor(ctx context.Context, r, g, b byte) error {
	wanted := string([]byte{r, g, b})
	err := d.watch(ctx, func(pixels string) bool {
		for at := 0; at+3 <= len(pixels); at += 3 {
			if pixels[at:at+3] == wanted {
				return true
			}
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("nothing of colour #%02X%02X%02X is shown: %w", r, g, b, err)
	}
	return nil
}

// watch looks at the display, three bytes a pixel, until it is as it should be.
func (d *Display) watch(ctx context.Context, done func(pixels string) bool) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		pixels, err := d.run(ctx, "import", "-window", "root", "-depth", "8", "rgb:-")
		if err != nil {
			return err
		}
		if done(pixels) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (d *Display) run(ctx context.Context, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Env = append(os.Environ(), d.Env()...)
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, args[0], err, strings.TrimSpace(said.String()))
	}
	return string(out), nil
}
