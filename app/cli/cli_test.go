package cli_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"latchkey/app/cli"
	"latchkey/app/companion"
	"latchkey/app/keychain/keyringtest"
	"latchkey/app/wire"
	"latchkey/fido/virtualkey"
)

// clockVariable moves the clock of the program under test, in hours.
const clockVariable = "CLOCK_HOURS"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"latchkey": latchkey})
}

// latchkey is app/latchkey's main but for the clock.
func latchkey() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	hours, _ := strconv.Atoi(os.Getenv(clockVariable))
	clock := func() time.Time { return time.Now().Add(time.Duration(hours) * time.Hour) }
	program := cli.Program{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Version: wire.Version,
		Open: func(settings cli.Settings) (*companion.Companion, func() error, error) {
			return wire.Open(wire.Settings{Devices: settings.Devices, Clock: clock})
		},
	}
	os.Exit(program.Run(ctx, os.Args[1:]))
}

// TestScripts runs testdata/*.txtar. A script has a home of its own, a real
// gnome-keyring, and these commands beside the usual ones:
//
//	plug NAME [ask|never|u2f]   plugs a software key in at $WORK/NAME
//	                            ($KEYPATH is its device)
//	unplug NAME                 takes it out; its memory stays
//	exits CODE command...       runs a command that has to end with that code
//	keyring lock|stop           locks the keyring; ends its daemon and D-Bus
//	unprivileged CODE command   as exits, as nobody when the tests run as root
//	save FILE                   keeps what was printed on standard output
func TestScripts(t *testing.T) { testscript.Run(t, scripts("testdata")) }

func scripts(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"plug": plug, "unplug": unplug, "exits": exits, "keyring": keyring,
			"unprivileged": unprivileged, "save": save,
		},
	}
}

func setup(env *testscript.Env) error {
	dir, err := os.MkdirTemp("", "latchkey-cli-") // a socket's path has to be short
	if err != nil {
		return err
	}
	env.Defer(func() { _ = os.RemoveAll(dir) })
	ring, err := keyringtest.Start(context.Background(), dir)
	if err != nil {
		return err
	}
	env.Defer(func() { _ = ring.Close() })
	for _, variable := range ring.Env() {
		name, value, _ := strings.Cut(variable, "=")
		if name != "PATH" && name != "HOME" {
			env.Setenv(name, value)
		}
	}
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("LATCHKEY_HOME", filepath.Join(env.WorkDir, "latchkey"))
	env.Setenv("LATCHKEY_DEVICE", filepath.Join(env.WorkDir, "key"))
	// What the machine of the tests has built in is none of theirs.
	env.Setenv("LATCHKEY_TPM", filepath.Join(env.WorkDir, "tpm"))
	env.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+filepath.Join(env.WorkDir, "system_bus"))
	env.Values[keyringName] = ring
	env.Values[keysName] = map[string]*virtualkey.Key{}
	return os.MkdirAll(filepath.Join(env.WorkDir, "home"), 0o700)
}

type valueName string

const (
	keyringName valueName = "keyring"
	keysName    valueName = "keys"
)

func plug(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: plug NAME [ask|never|u2f]")
	}
	path := ts.MkAbs(args[0])
	options := virtualkey.Options{StateFile: path + ".state", Link: path, Touch: virtualkey.TouchAuto}
	for _, arg := range args[1:] {
		if arg == "u2f" {
			options.U2FOnly = true
			continue
		}
		policy, err := virtualkey.ParseTouchPolicy(arg)
		ts.Check(err)
		options.Touch = policy
	}
	key, err := virtualkey.Serve(context.Background(), options)
	ts.Check(err)
	keys := ts.Value(keysName).(map[string]*virtualkey.Key)
	keys[args[0]] = key
	ts.Setenv("KEYPATH", key.Path())
	ts.Defer(func() { _ = key.Close() })
}

func unplug(ts *testscript.TestScript, _ bool, args []string) {
	keys := ts.Value(keysName).(map[string]*virtualkey.Key)
	ts.Check(keys[args[0]].Close())
	delete(keys, args[0])
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s ended with %d, not %d", strings.Join(args[1:], " "), got, want)
	}
}

// unprivileged runs a copy of the program where everybody may run it.
func unprivileged(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: unprivileged CODE command...")
	}
	if os.Getuid() == 0 {
		dir, err := os.MkdirTemp("", "latchkey-nobody-")
		ts.Check(err)
		ts.Defer(func() { _ = os.RemoveAll(dir) })
		ts.Check(os.Chmod(dir, 0o755))
		self, err := os.Executable()
		ts.Check(err)
		program, err := os.ReadFile(self)
		ts.Check(err)
		copied := filepath.Join(dir, args[1])
		ts.Check(os.WriteFile(copied, program, 0o755))
		args = append([]string{args[0], "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copied}, args[2:]...)
	}
	exits(ts, neg, args)
}

func keyring(ts *testscript.TestScript, _ bool, args []string) {
	ring := ts.Value(keyringName).(*keyringtest.Keyring)
	switch {
	case len(args) == 1 && args[0] == "lock":
		ts.Check(ring.Lock(context.Background()))
	case len(args) == 1 && args[0] == "stop":
		ts.Check(ring.Close())
	default:
		ts.Fatalf("usage: keyring lock|stop")
	}
}

func save(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile("stdout")), 0o600))
}
