package main

import (
	"cmp"
	"context"
	"errors"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"latchkey/app/desktop/look"
	"latchkey/app/desktop/xvfbtest"
	"latchkey/app/keychain/keyringtest"
	"latchkey/fido/virtualkey"
	"latchkey/platform/tpm"
	"latchkey/platform/tpm/swtpmtest"
)

// appVariable makes the test binary be the app.
const appVariable = "LATCHKEY_TEST_APP"

func TestMain(m *testing.M) {
	if os.Getenv(appVariable) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// desk is somebody's computer: a display, a keyring and a security key.
type desk struct {
	*testing.T
	ctx     context.Context
	display *xvfbtest.Display
	key     *virtualkey.Key
	env     []string
	shots   string // where screenshots go
	theme   look.Choice
	window  *xvfbtest.Window
}

func sitDown(t *testing.T) *desk {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	home, err := os.MkdirTemp("", "latchkey-desk-") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	display, err := xvfbtest.Start(ctx, 960, 640)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(display.Close)
	ring, err := keyringtest.Start(ctx, filepath.Join(home, "ring"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ring.Close() })
	key, err := virtualkey.Serve(ctx, virtualkey.Options{Touch: virtualkey.TouchAsk})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = key.Close() })
	// LATCHKEY_SCREENSHOTS keeps them: this is how docs/screenshots is made.
	shots := os.Getenv("LATCHKEY_SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	theme := cmp.Or(look.Choice(os.Getenv("FYNE_THEME")), look.Light)
	env := append(append(os.Environ(), ring.Env()...), display.Env()...)
	env = append(env, "HOME="+home, "FYNE_THEME="+string(theme), "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "LATCHKEY_HOME="+filepath.Join(home, "latchkey"), "LATCHKEY_DEVICE="+key.Path())
	return &desk{T: t, ctx: ctx, display: display, key: key, env: env, shots: shots, theme: theme}
}

// start starts the app and waits for a window of that title.
func (d *desk) start(title string) (stop func()) {
	d.Helper()
	app := exec.CommandContext(d.ctx, os.Args[0], "--allow-virtual-keys")
	app.Env = append(d.env, appVariable+"=1")
	var said strings.Builder
	app.Stdout, app.Stderr = &said, &said
	if err := app.Start(); err != nil {
		d.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Wait() }()
	stop = func() {
		d.Helper()
		if err := app.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			d.Error(err)
		}
		if err := <-ended; err != nil || strings.Contains(said.String(), "DATA RACE") {
			d.Errorf("the app ended with %v and said %s", err, said.String())
		}
	}
	var err error
	if d.window, err = d.display.Find(d.ctx, title); err != nil {
		_ = app.Process.Kill()
		<-ended
		d.Fatalf("%v; the app said %s", err, said.String())
	}
	d.do(d.window.Focus(d.ctx))
	return stop
}

func (d *desk) do(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
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

func (d *desk) shoot(name string) {
	d.Helper()
	d.do(d.display.Screenshot(d.ctx, filepath.Join(d.shots, name+".png")))
}

// TestRealWindow takes the real app from an empty computer to a session with
// nothing but the keyboard and a touch of the key, and finds the session again after
// a restart.
func TestRealWindow(t *testing.T) {
	const password, pin = "correct horse battery staple", "271828"
	d := sitDown(t)
	d.env = append(d.env, tpm.EnvDevice+"="+filepath.Join(t.TempDir(), "none")) // whatever this computer has

	stop := d.start("Set up Latchkey")
	d.fill("Northgate Clinic", "Anna Berg", "anna.berg", password)
	d.do(d.window.Type(d.ctx, password))
	d.shoot("first-run")
	d.press("Return")

	d.see("Add your first key")
	d.seeColor(look.WarningTint) // what this computer lacks
	d.shoot("first-key")
	d.press("Return")
	d.see("Name your new key")
	d.fill("Work key")
	d.see("Choose a PIN")
	d.fill(pin)
	d.shoot("new-pin")
	d.fill(pin)
	d.see("Touch the new key")
	d.shoot("touch-new")
	d.key.Touch()
	d.see("You’re ready")
	d.press("Return")

	d.see("Sign in")
	d.shoot("sign-in")
	d.fill("not the password")
	d.seeColor(look.Danger)
	d.shoot("sign-in-refused")
	d.fill(password)
	d.see("PIN: Sign in")
	d.fill(pin)
	d.see("Touch your key")
	d.shoot("touch")
	d.key.Touch()
	d.see("Home")
	d.shoot("home")
	stop()

	stop = d.start("Home")
	d.shoot("home-again")
	stop()
	d.pictured("first-run", "first-key", "new-pin", "touch-new", "sign-in", "sign-in-refused", "touch", "home", "home-again")
}

// TestThisComputerInTheRealWindow makes a TPM somebody's only key and signs in with it, with the keyboard alone.
func TestThisComputerInTheRealWindow(t *testing.T) {
	const password, pin = "correct horse battery staple", "271828"
	d := sitDown(t)
	d.env = append(d.env, tpm.EnvDevice+"="+swtpmtest.Start(t).Path())

	stop := d.start("Set up Latchkey")
	d.fill("Northgate Clinic", "Anna Berg", "anna.berg", password, password)
	d.see("Add your first key")
	d.seeThisComputer()
	d.press("shift+Tab", "shift+Tab", "space") // past Cancel to the card, which gives the focus back to Continue
	d.shoot("add-key")
	d.press("Return")
	d.see("Name this computer’s key")
	d.press("Return")
	d.see("Choose a PIN")
	d.fill(pin, pin)
	d.see("You’re ready")
	d.press("Return")

	d.see("Sign in")
	d.fill(password)
	d.see("PIN: Sign in")
	d.fill("000000")
	d.seeColor(look.Danger)
	d.shoot("pin-computer")
	d.fill(pin)
	d.see("Home")
	d.shoot("home-computer")
	stop()
	d.pictured("add-key", "pin-computer", "home-computer")
}

// TestAStartThatFailsEndsAtOnce needs no display: on Linux, whoever started the app reads why it ended.
func TestAStartThatFailsEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	app := exec.CommandContext(ctx, os.Args[0])
	app.Env = []string{appVariable + "=1"} // and no home to keep anything in
	said, err := app.CombinedOutput()
	if failed := (*exec.ExitError)(nil); !errors.As(err, &failed) || failed.ExitCode() != 1 {
		t.Errorf("it ended with %v", err)
	}
	if !strings.HasPrefix(string(said), "latchkey-desktop: ") {
		t.Errorf("it said %q", said)
	}
}

// seeThisComputer waits until the card of this computer can be chosen: its picture then stands on the same tint as that of
// the key.
func (d *desk) seeThisComputer() {
	d.Helper()
	const bothFrames = 45_000 // pixels; of one there are 36,352
	tint := d.color(look.AccentTint)
	d.do(d.display.Await(d.ctx, func(frame xvfbtest.Frame) bool { return frame.Count(tint.R, tint.G, tint.B) > bothFrames }))
}

// seeColor waits until something of a colour of the palette is shown.
func (d *desk) seeColor(role fyne.ThemeColorName) {
	d.Helper()
	c := d.color(role)
	d.do(d.display.AwaitColor(d.ctx, c.R, c.G, c.B))
}

func (d *desk) color(role fyne.ThemeColorName) color.NRGBA {
	return color.NRGBAModel.Convert(look.New(d.theme).Color(role, 0)).(color.NRGBA)
}

// pictured makes sure that there are pictures of those names.
func (d *desk) pictured(names ...string) {
	d.Helper()
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(d.shots, name+".png")); err != nil || info.Size() < 5_000 {
			d.Errorf("%s: no picture worth the name: %v", name, err)
		}
	}
}
