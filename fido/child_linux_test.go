//go:build cgo

package fido

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"latchkey/fido/ceremony"
)

// childEnv makes the test binary do one thing in a process of its own, where it can
// have another session or other devices.
const childEnv = "LATCHKEY_FIDO_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "terminal":
		probeTerminal(os.Getenv(EnvDevice))
	case "discover":
		serveDiscovery()
	}
}

// child prepares to run this test binary as the child of that name.
func child(t *testing.T, name string, wrapper ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(wrapper, self)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience) // the test's own ends before cleaning up
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// sessionLeader has a session leader without a terminal probe the key at path and
// returns what terminal it has then.
func sessionLeader(t *testing.T, path string) string {
	t.Helper()
	cmd := child(t, "terminal")
	cmd.Env = append(cmd.Env, EnvDevice+"="+path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func probeTerminal(path string) {
	k := New(Options{Paths: DevicePaths(nil, path)})
	if got := k.Probe(context.Background()); got.State != ceremony.StateReady {
		fmt.Println(got.Problem)
		return
	}
	if _, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err != nil {
		fmt.Println("no terminal")
		return
	}
	fmt.Println("a terminal")
}
