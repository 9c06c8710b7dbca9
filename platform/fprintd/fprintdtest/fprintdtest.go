//go:build linux

// Package fprintdtest runs a real fprintd with a virtual fingerprint reader for a test,
// on a private system bus where a stand-in for polkit says yes or no. It needs the
// Debian packages dbus and fprintd.
package fprintdtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// patience bounds each wait; the daemons start and answer within a second.
const patience = 20 * time.Second

// Names of fprintd on the bus.
const (
	service  = "net.reactivated.Fprint"
	manager  = dbus.ObjectPath("/net/reactivated/Fprint/Manager")
	iManager = service + ".Manager"
	iDevice  = service + ".Device"
)

// System is a system bus with what is on it. It ends with its test. Its methods are
// called from one goroutine at a time.
type System struct {
	t      testing.TB
	dir    string
	bus    *process
	conn   *dbus.Conn // of who enrols fingers
	polkit *polkit
	daemon *process // nil where fprintd does not run
}

// Start starts a bus, and on it a fprintd with one reader and no finger enrolled.
func Start(t testing.TB) *System {
	t.Helper()
	s := StartWithoutDaemon(t)
	s.startDaemon("FP_VIRTUAL_DEVICE=" + s.socket())
	s.keepReaderListening()
	return s
}

// StartWithoutReader starts a bus, and on it a fprintd that finds no reader.
func StartWithoutReader(t testing.TB) *System {
	t.Helper()
	s := StartWithoutDaemon(t)
	s.startDaemon()
	return s
}

// StartWithoutDaemon starts a bus on which there is no fprintd.
func StartWithoutDaemon(t testing.TB) *System {
	t.Helper()
	// The path of a socket has 107 bytes at most, which that of t.TempDir can exceed.
	dir, err := os.MkdirTemp("", "fprintd-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	s := &System{t: t, dir: dir}
	s.startBus()
	s.conn = s.Connect()
	s.polkit = startPolkit(t, s.Connect())
	return s
}

// Address is that of the bus.
func (s *System) Address() string { return "unix:path=" + filepath.Join(s.dir, "bus") }

// Connect returns a new connection to the bus, which ends with the test.
func (s *System) Connect() *dbus.Conn {
	s.t.Helper()
	conn, err := dbus.Connect(s.Address(), dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return conn
}

// Permit says whether polkit lets people use the reader. At first it does.
func (s *System) Permit(yes bool) { s.polkit.permit.Store(yes) }

// StopDaemon ends fprintd at once.
func (s *System) StopDaemon() {
	s.t.Helper()
	s.daemon.end(s.t)
	s.daemon = nil
}

// configuration is that of a bus on which everybody may do everything, which is more
// than a system bus allows a stranger.
const configuration = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow send_type="signal"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

func (s *System) startBus() {
	s.t.Helper()
	file := filepath.Join(s.dir, "bus.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, s.Address()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	ready, inherited, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	defer ready.Close()
	command := exec.Command("dbus-daemon", "--config-file="+file, "--nofork", "--nopidfile", "--print-address=3")
	command.ExtraFiles = []*os.File{inherited}
	s.bus = start(s.t, command, "dbus")
	if err := inherited.Close(); err != nil {
		s.t.Error(err)
	}
	// It says its address when it listens, and nothing if it fails.
	if _, err := bufio.NewReader(ready).ReadString('\n'); err != nil {
		s.t.Fatalf("dbus-daemon does not start: %v", err)
	}
}

// startDaemon starts fprintd and waits until it has a name on the bus, which is when it
// has looked for readers.
func (s *System) startDaemon(env ...string) {
	s.t.Helper()
	named := make(chan *dbus.Signal, 8)
	watcher := s.Connect()
	watcher.Signal(named)
	err := watcher.AddMatchSignal(dbus.WithMatchSender("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, service))
	if err != nil {
		s.t.Fatal(err)
	}
	command := exec.Command(program(s.t), "--no-timeout")
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + s.dir,
		"DBUS_SYSTEM_BUS_ADDRESS=" + s.Address(),
		"STATE_DIRECTORY=" + filepath.Join(s.dir, "state"),
		// No reader of this computer itself.
		"FP_DRIVERS_WHITELIST=virtual_device", "FP_DRIVERS_ALLOWLIST=virtual_device",
	}, env...)
	s.daemon = start(s.t, command, "fprintd")
	s.await(named, "org.freedesktop.DBus.NameOwnerChanged", func(signal *dbus.Signal) bool { return signal.Body[2] != "" })
}

// program is the path of fprintd, which no two distributions agree on, as the system
// bus would start it.
func program(t testing.TB) string {
	t.Helper()
	file, err := os.ReadFile("/usr/share/dbus-1/system-services/" + service + ".service")
	if err != nil {
		t.Fatalf("%v: install the Debian package fprintd, or run: make deps", err)
	}
	for line := range strings.Lines(string(file)) {
		if path, found := strings.CutPrefix(line, "Exec="); found {
			return strings.TrimSpace(path)
		}
	}
	t.Fatal("the system bus would not start fprintd")
	return ""
}

// await returns when a signal of a name is as wanted.
func (s *System) await(signals <-chan *dbus.Signal, name string, wanted func(*dbus.Signal) bool) {
	s.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case signal := <-signals:
			if signal != nil && signal.Name == name && wanted(signal) {
				return
			}
		case err := <-s.daemon.done:
			s.daemon.done <- err
			s.t.Fatalf("fprintd has ended: %v", err)
		case <-deadline:
			s.t.Fatalf("nothing came from fprintd in %v", patience)
		}
	}
}

// call calls fprintd.
func (s *System) call(path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	call := s.conn.Object(service, path).CallWithContext(ctx, method, 0, args...)
	if call.Err != nil {
		s.t.Fatalf("%s: %v", method, call.Err)
	}
	return call
}

// process is a daemon.
type process struct {
	command *exec.Cmd
	said    bytes.Buffer // to be read when it has ended
	done    chan error
}

func start(t testing.TB, command *exec.Cmd, debianPackage string) *process {
	t.Helper()
	p := &process{command: command, done: make(chan error, 1)}
	command.Stdout, command.Stderr = &p.said, &p.said
	if err := command.Start(); err != nil {
		t.Fatalf("%v: install the Debian package %s, or run: make deps", err, debianPackage)
	}
	go func() { p.done <- command.Wait() }()
	t.Cleanup(func() { p.end(t) })
	return p
}

// end kills the daemon. Once it has ended this does nothing.
func (p *process) end(t testing.TB) {
	t.Helper()
	if p == nil || p.command == nil {
		return
	}
	if err := p.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	<-p.done
	p.command = nil
	if t.Failed() {
		t.Logf("it said:\n%s", p.said.String())
	}
}
