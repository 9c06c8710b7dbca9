// Package xvfbtest runs a real window on a display of its own (Xvfb) and uses it as
// a person would: with the keyboard, looking at the window's title and taking
// screenshots. It needs the Debian packages xvfb, xdotool and imagemagick.
package xvfbtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Display is a running Xvfb.
type Display struct {
	name   string // ":N"
	server *exec.Cmd
	frames string // the folder in which Xvfb keeps what the screen shows
	dump   []byte // the file there, mapped
	frame  Frame  // the part of it that is pixels
}

// Start starts an X server with a screen of width×height pixels on a free display.
// It listens on no network address. Close ends it.
func Start(ctx context.Context, width, height int) (*Display, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	frames, err := os.MkdirTemp("", "latchkey-screen-")
	if err != nil {
		_ = write.Close()
		return nil, err
	}
	const firstExtraFile = "3"
	server := exec.CommandContext(ctx, "Xvfb", "-displayfd", firstExtraFile, "-nolisten", "tcp", "-noreset",
		"-fbdir", frames, "-screen", "0", fmt.Sprintf("%dx%dx24", width, height))
	server.ExtraFiles = []*os.File{write}
	err = server.Start()
	_ = write.Close()
	if err != nil {
		_ = os.RemoveAll(frames)
		return nil, fmt.Errorf("xvfb does not start: %w. Install it with: make deps", err)
	}
	d := &Display{server: server, frames: frames}
	number, err := bufio.NewReader(read).ReadString('\n') // written when it takes connections
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("xvfb did not say its display: %w", err)
	}
	d.name = ":" + strings.TrimSpace(number)
	if err := d.mapScreen(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Close ends the server and with it every window.
func (d *Display) Close() {
	_ = d.server.Process.Kill()
	_ = d.server.Wait()
	if d.dump != nil {
		_ = syscall.Munmap(d.dump)
	}
	_ = os.RemoveAll(d.frames)
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

// Screenshot writes what the display shows to a PNG file, once it has stood still for
// a while: what was about to be drawn then is. What never stands still is taken as
// it is after two seconds.
func (d *Display) Screenshot(ctx context.Context, file string) error {
	const still, enough = 400 * time.Millisecond, 2 * time.Second
	began := time.Now()
	since, last := began, Frame(nil)
	err := d.Await(ctx, func(frame Frame) bool {
		if !bytes.Equal(frame, last) {
			since, last = time.Now(), bytes.Clone(frame)
		}
		return time.Since(since) >= still || time.Since(began) >= enough
	})
	if err != nil {
		return err
	}
	_, err = d.run(ctx, "import", "-window", "root", "-strip", file)
	return err
}

// AwaitColor waits until something of exactly that colour is shown.
func (d *Display) AwaitColor(ctx context.Context, r, g, b byte) error {
	if err := d.Await(ctx, func(frame Frame) bool { return frame.Count(r, g, b) > 0 }); err != nil {
		return fmt.Errorf("nothing of colour #%02X%02X%02X is shown: %w", r, g, b, err)
	}
	return nil
}

// Await looks at the display every ten milliseconds until it is as it should be. No
// program is started and nothing copied for that, so that whatever draws is not held
// up; the frame goes on changing while it is looked at.
func (d *Display) Await(ctx context.Context, done func(Frame) bool) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if done(d.frame) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Frame is what the display shows: four bytes a pixel, which are blue, green, red and
// one that means nothing.
type Frame []byte

// Count counts the pixels of a colour.
func (f Frame) Count(r, g, b byte) int {
	count := 0
	for at := 0; at+4 <= len(f); at += 4 {
		if f[at] == b && f[at+1] == g && f[at+2] == r {
			count++
		}
	}
	return count
}

// mapScreen maps the file that Xvfb keeps its screen in: an X window dump (XWDFile.h),
// which is a header of big-endian words, a table of colours and the pixels.
func (d *Display) mapScreen() error {
	const headerSize, colorCount, colorBytes = 0, 4 * 19, 12
	file, err := os.Open(filepath.Join(d.frames, "Xvfb_screen0"))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	d.dump, err = syscall.Mmap(int(file.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("mapping the screen's file: %w", err)
	}
	word := func(at int) int { return int(binary.BigEndian.Uint32(d.dump[at:])) }
	d.frame = Frame(d.dump[word(headerSize)+colorBytes*word(colorCount):])
	return nil
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
