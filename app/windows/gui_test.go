//go:build wine

package windows

import (
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/xvfbtest"
)

// desk is a computer with a display, on which the window of Latchkey is open.
type desk struct {
	*computer
	display  *xvfbtest.Display
	window   *xvfbtest.Window
	pictures string // the folder that screenshots go to
}

// sitDown opens the window and waits until it has that title.
func (c *computer) sitDown(title string) *desk {
	c.Helper()
	const left, top = 4, 23 // where Wine puts a window of 960 by 640 pixels, for the sake of its frame
	display, err := xvfbtest.Start(c.ctx, left+960, top+640)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(display.Close)
	c = c.with(append(display.Env(), "FYNE_THEME="+string(look.Light))...)
	c.restart()
	c.Cleanup(c.with("DISPLAY=").restart)

	program := c.program("latchkey-desktop.exe")
	var said strings.Builder
	program.Stdout, program.Stderr = &said, &said
	if err := program.Start(); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
		if c.Failed() {
			c.Logf("the program said %s", said.String())
		}
	})
	d := &desk{computer: c, display: display, pictures: screenshots(c.T)}
	d.window, err = display.Find(c.ctx, title)
	d.do(err)
	d.do(d.window.Focus(c.ctx))
	return d
}

// restart starts Wine anew. It looks for a display but when its desktop starts.
func (c *computer) restart() {
	for _, step := range [][]string{
		{"wineserver", "-k"}, {"wineserver", "-w"}, {"wineserver", "-p"}, {"wine", "rundll32", "user32.dll,GetDesktopWindow"},
	} {
		command := exec.Command(step[0], step[1:]...)
		command.Env = c.env
		if err := command.Run(); err != nil && step[1] != "-k" { // which fails where nothing runs
			c.Fatalf("%v: %v", step, err)
		}
	}
}

func (d *desk) do(err error) {
	d.Helper()
	if err != nil {
		d.Fatalf("%v; the dialogues were:\n%s", err, d.journal())
	}
}

func (d *desk) see(title string)     { d.Helper(); d.do(d.window.Await(d.ctx, title)) }
func (d *desk) press(keys ...string) { d.Helper(); d.do(d.window.Press(d.ctx, keys...)) }

// fill types texts into one field after another.
func (d *desk) fill(texts ...string) {
	d.Helper()
	for _, text := range texts {
		d.do(d.window.Type(d.ctx, text))
		d.press("Return")
	}
}

// palette has the colours that the window is drawn in.
var palette = look.New(look.Light)

// shows waits until more than so many pixels of a colour are shown.
func (d *desk) shows(wanted color.Color, pixels int) {
	d.Helper()
	of := color.NRGBAModel.Convert(wanted).(color.NRGBA)
	d.do(d.display.Await(d.ctx, func(frame xvfbtest.Frame) bool { return frame.Count(of.R, of.G, of.B) > pixels }))
}

// drawn waits until a page is drawn: with a button in the accent colour, and with text and
// pictures, whose smoothed edges have many colours. It takes a picture of it.
func (d *desk) drawn(name string) {
	d.Helper()
	d.shows(palette.Color(look.Accent, 0), 2000)
	d.do(d.display.Await(d.ctx, func(frame xvfbtest.Frame) bool {
		colors := map[[3]byte]bool{}
		for pixel := range slices.Chunk(frame, 4) {
			colors[[3]byte(pixel)] = true
		}
		return len(colors) > 100
	}))
	picture := filepath.Join(d.pictures, name+".png")
	d.do(d.display.Screenshot(d.ctx, picture))
	if info, err := os.Stat(picture); err != nil || info.Size() < 5_000 {
		d.Errorf("%s: no picture worth the name: %v", name, err)
	}
}

// TestWindowSignsInWithWindowsHello takes the window from an empty computer to a session
// with the keyboard alone. The dialogues of Windows have to stand before that window.
func TestWindowSignsInWithWindowsHello(t *testing.T) {
	d := newComputer(t).sitDown("Set up Latchkey")
	d.drawn("windows-first-run")
	d.fill("Northgate Clinic", "Anna Berg", "anna.berg", password, password)

	d.see("Add your first key")
	const bothPictures = 45_000 // pixels behind them; one has 36,352
	d.shows(palette.Color(look.AccentTint, 0), bothPictures)
	d.press("shift+Tab", "shift+Tab", "space") // past Cancel to the card of this computer
	d.drawn("windows-add-key")
	d.press("Return")
	d.see("Name this computer’s key")
	d.press("Return")
	d.see("You’re ready")
	d.drawn("windows-ready")
	d.press("Return")

	d.see("Sign in")
	d.fill(password)
	d.see("Home")
	d.drawn("windows-home")

	const dialogues = "create before the caller's own window GLFW30\n" + asked + "assert before the caller's own window GLFW30\n" + asked
	if got := d.journal(); got != dialogues {
		t.Errorf("the dialogues were:\n%s", got)
	}
}
