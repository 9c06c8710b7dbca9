// Package keyringtest starts a real Secret Service of its own, for tests and
// demonstrations: a private D-Bus session and a gnome-keyring-daemon in it, whose
// files are all in one folder. It needs the Debian packages dbus and gnome-keyring.
package keyringtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// Names of the Secret Service API 0.2.
const (
	service         = "org.freedesktop.secrets"
	servicePath     = dbus.ObjectPath("/org/freedesktop/secrets")
	loginCollection = servicePath + "/collection/login"
	lockCollections = "org.freedesktop.Secret.Service.Lock"
	getProperty     = "org.freedesktop.DBus.Properties.Get"

	collectionInterface = "org.freedesktop.Secret.Collection"
)

// password opens the collection. There is nothing in it but test values.
const password = "keyringtest"

// patience is how long a daemon may take to start or to end.
const patience = 20 * time.Second

// Keyring is a Secret Service with an open collection. Its methods may not be
// called from two goroutines at once.
type Keyring struct {
	dir     string
	address string // of the bus
	bus     *exec.Cmd
	daemon  *exec.Cmd  // nil after Kill
	conn    *dbus.Conn // to watch and to lock it
}

// Start starts a bus and a keyring whose files are in dir, which should be empty
// and whose path should be short (a Unix socket's path has 107 bytes at most).
// Close ends them.
func Start(ctx context.Context, dir string) (keyring *Keyring, err error) {
	k := &Keyring{dir: dir, address: "unix:path=" + dbus.EscapeBusAddressValue(filepath.Join(dir, "bus"))}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("starting a keyring: %w", err), k.Close())
		}
	}()
	for _, name := range []string{"run", "data", "config", "cache"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	if err := k.startBus(); err != nil {
		return nil, err
	}
	if k.conn, err = dbus.Connect(k.address, dbus.WithContext(context.WithoutCancel(ctx))); err != nil {
		return nil, err
	}
	return k, k.startDaemon(ctx)
}

// Env returns the variables, as NAME=value, that make a program use this keyring.
// They belong behind the rest of its environment.
func (k *Keyring) Env() []string {
	return []string{
		"DBUS_SESSION_BUS_ADDRESS=" + k.address,
		"XDG_RUNTIME_DIR=" + filepath.Join(k.dir, "run"),
	}
}

// Lock locks the collection, as a desktop does when it falls asleep.
func (k *Keyring) Lock(ctx context.Context) error {
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := k.conn.Object(service, servicePath).
		CallWithContext(ctx, lockCollections, 0, []dbus.ObjectPath{loginCollection}).Store(&locked, &prompt)
	if err == nil && len(locked) != 1 {
		err = errors.New("the collection did not lock")
	}
	return err
}

// Unlock unlocks the collection. Nobody is there to answer a prompt, so it starts
// the daemon again with the password at hand, like a new session of the desktop.
func (k *Keyring) Unlock(ctx context.Context) error {
	if err := k.Kill(); err != nil {
		return err
	}
	return k.startDaemon(ctx)
}

// Kill ends the daemon at once. The bus goes on without a Secret Service.
func (k *Keyring) Kill() error {
	if k.daemon == nil {
		return nil
	}
	err := end(k.daemon)
	k.daemon = nil
	return err
}

// DaemonPID returns the process id of the daemon, 0 after Kill.
func (k *Keyring) DaemonPID() int {
	if k.daemon == nil {
		return 0
	}
	return k.daemon.Process.Pid
}

// Close ends the daemon and the bus and waits for both. It leaves the files.
func (k *Keyring) Close() error {
	err := k.Kill()
	if k.conn != nil {
		err = errors.Join(err, k.conn.Close())
		k.conn = nil
	}
	if k.bus != nil {
		err = errors.Join(err, end(k.bus))
		k.bus = nil
	}
	return err
}

// busConfiguration has no service folders: nothing is started by being called, so
// that a keyring that is gone stays gone.
const busConfiguration = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

func (k *Keyring) startBus() error {
	configuration := filepath.Join(k.dir, "bus.conf")
	if err := os.WriteFile(configuration, fmt.Appendf(nil, busConfiguration, k.address), 0o600); err != nil {
		return err
	}
	bus := exec.Command("dbus-daemon", "--config-file="+configuration, "--nofork", "--nopidfile", "--print-address=1")
	bus.Env = k.environment()
	ready, err := bus.StdoutPipe()
	if err != nil {
		return err
	}
	if err := bus.Start(); err != nil {
		return needs("dbus", err)
	}
	k.bus = bus
	// It prints its address when it listens, and nothing if it fails.
	if _, err := bufio.NewReader(ready).ReadString('\n'); err != nil {
		return fmt.Errorf("dbus-daemon did not start: %w", err)
	}
	return nil
}

func (k *Keyring) startDaemon(ctx context.Context) error {
	daemon := exec.Command("gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets")
	daemon.Env = append(k.environment(), k.Env()...)
	daemon.Stdin = strings.NewReader(password)
	daemon.Stdout, daemon.Stderr = io.Discard, io.Discard
	// The pipes end with the daemon, whatever else may have inherited them.
	daemon.WaitDelay = patience
	if err := daemon.Start(); err != nil {
		return needs("gnome-keyring", err)
	}
	k.daemon = daemon
	return k.waitUntilOpen(ctx)
}

// waitUntilOpen waits until the daemon answers and its collection is unlocked.
func (k *Keyring) waitUntilOpen(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		var locked dbus.Variant
		err := k.conn.Object(service, loginCollection).
			CallWithContext(ctx, getProperty, 0, collectionInterface, "Locked").Store(&locked)
		if shut, ok := locked.Value().(bool); err == nil && ok && !shut {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("gnome-keyring-daemon did not start: %w", errors.Join(ctx.Err(), err))
		}
	}
}

// environment is what the two daemons see: nothing of this computer's own session.
func (k *Keyring) environment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + k.dir,
		"XDG_DATA_HOME=" + filepath.Join(k.dir, "data"),
		"XDG_CONFIG_HOME=" + filepath.Join(k.dir, "config"),
		"XDG_CACHE_HOME=" + filepath.Join(k.dir, "cache"),
		"XDG_RUNTIME_DIR=" + filepath.Join(k.dir, "run"),
	}
}

// end kills a process that this package started and reaps it.
func end(process *exec.Cmd) error {
	if err := process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	var exit *exec.ExitError
	if err := process.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

func needs(pack string, err error) error {
	return fmt.Errorf("%w: install the Debian package %s, or run: make deps", err, pack)
}
