//go:build linux

package keychain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"latchkey/app/companion"
	"latchkey/app/keychain/keyringtest"
	"latchkey/verifier"
)

func TestLockedKeyring(t *testing.T) {
	ctx, k := context.Background(), New(t.TempDir())
	if err := k.Save(ctx, t.Name(), "anna", "token"); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	calls := watchCalls(t)
	_, loading := k.Load(ctx, t.Name(), "anna")
	_, sealing := k.SealingKey(ctx, t.Name())
	for name, err := range map[string]error{
		"save": k.Save(ctx, t.Name(), "ben", "token"), "load": loading, "seal": sealing,
		"delete": k.Delete(ctx, t.Name(), "anna"), "check": k.Check(ctx),
	} {
		if !errors.Is(err, companion.ErrKeyringLocked) || !strings.Contains(err.Error(), "unlock it") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !errors.Is(sealing, verifier.ErrSealUnavailable) {
		t.Error(sealing)
	}
	seen := calls()
	if len(seen) < 5 {
		t.Errorf("five refusals took no more than %q", seen)
	}
	for _, call := range seen {
		if strings.HasPrefix(call, "org.freedesktop.Secret.Prompt.") || call == "org.freedesktop.Secret.Service.Unlock" {
			t.Errorf("somebody was asked: %s", call)
		}
	}
	if err := daemon.Unlock(ctx); err != nil {
		t.Fatal(err)
	}
	// Nothing was lost, and the account that could not be saved is not the current one.
	if token, err := k.Load(ctx, t.Name(), ""); token != "token" || err != nil {
		t.Errorf("%q, %v", token, err)
	}
}

// watchCalls returns what returns the methods that are called on the bus between the two.
func watchCalls(t *testing.T) func() []string {
	t.Helper()
	address, _ := strings.CutPrefix(daemon.Env()[0], "DBUS_SESSION_BUS_ADDRESS=")
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	if err := bus.BusObject().Call("org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, []string{"type='method_call'"}, uint32(0)).Err; err != nil {
		t.Fatal(err)
	}
	messages := make(chan *dbus.Message, 1000)
	bus.Eavesdrop(messages)
	return func() []string {
		t.Helper()
		// The bus has one order for all: when this call is seen, all before it were.
		if err := daemon.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		var calls []string
		for {
			select {
			case message := <-messages:
				on, _ := message.Headers[dbus.FieldInterface].Value().(string)
				method, _ := message.Headers[dbus.FieldMember].Value().(string)
				if calls = append(calls, on+"."+method); method == "Lock" {
					return calls
				}
			case <-time.After(time.Minute):
				t.Fatalf("the bus only tells of %q", calls)
			}
		}
	}
}

func TestNoKeyring(t *testing.T) {
	if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err == nil {
		t.Log("this computer has a session bus of its own; the first case then says what that one says")
	}
	for name, env := range map[string][]string{
		"a bus that is gone":      {"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(t.TempDir(), "bus")},
		"no bus at all":           {"DBUS_SESSION_BUS_ADDRESS=", "PATH="},
		"an address that is none": {"DBUS_SESSION_BUS_ADDRESS=nonsense"},
	} {
		t.Run(name, func(t *testing.T) {
			other := startChild(t, t.TempDir(), env...)
			for _, do := range []string{"save", "load", "check", "seal"} {
				done := other.do(order{Do: do, Organization: t.Name(), Username: "anna", Token: "token"})
				done.mustFail(t, "no keyring")
				if do == "seal" {
					done.mustFail(t, "seal")
				}
			}
			// Without an account there is nothing to look for.
			other.do(order{Do: "load", Organization: t.Name()}).mustFail(t, "not signed in")
		})
	}
}

func TestKeyringKilledMidway(t *testing.T) {
	ctx := context.Background()
	own, err := keyringtest.Start(ctx, shortDir(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := own.Close(); err != nil {
			t.Error(err)
		}
	}()
	other := startChild(t, t.TempDir(), own.Env()...)
	save := order{Do: "save", Organization: "o", Username: "anna", Token: "token"}
	other.do(save).mustSucceed(t)

	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	other.do(order{Do: "load", Organization: "o"}).mustFail(t, "no keyring")
	other.do(save).mustFail(t, "no keyring")

	// The same process goes on when the keyring is back.
	if err := own.Unlock(ctx); err != nil {
		t.Fatal(err)
	}
	if token := other.do(order{Do: "load", Organization: "o"}).mustSucceed(t); token != "token" {
		t.Errorf("got %q", token)
	}
}

func TestBusKilledMidway(t *testing.T) {
	own, err := keyringtest.Start(context.Background(), shortDir(t))
	if err != nil {
		t.Fatal(err)
	}
	other := startChild(t, t.TempDir(), own.Env()...)
	save := order{Do: "save", Organization: "o", Username: "anna", Token: "token"}
	other.do(save).mustSucceed(t)
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	other.do(save).mustFail(t, "no keyring")
	other.do(order{Do: "load", Organization: "o"}).mustFail(t, "no keyring")
}

// TestHungKeyring stops the daemon: its bus takes calls and nobody answers.
func TestHungKeyring(t *testing.T) {
	ctx := context.Background()
	k := New(t.TempDir())
	k.ring.patience = 50 * time.Millisecond
	process, err := os.FindProcess(daemon.DaemonPID())
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	err = k.Save(ctx, t.Name(), "anna", "token")
	if !errors.Is(err, companion.ErrNoKeyring) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("out of patience: %v", err)
	}
	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if err := k.Save(short, t.Name(), "anna", "token"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("out of the caller's time: %v", err)
	}
	if err := process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	k.ring.patience = patience
	if err := k.Save(ctx, t.Name(), "anna", "token"); err != nil {
		t.Errorf("after it went on: %v", err)
	}
}

// TestTwoProcesses lets two processes write the same things at once. Whatever
// comes out has to be what one of them wrote, as a whole.
func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	first, second := startChild(t, dir), startChild(t, dir)
	const rounds = 30
	tokens := [2]string{strings.Repeat("1", 600), strings.Repeat("2", 700)}
	for range rounds {
		first.tell(order{Do: "save", Organization: t.Name(), Username: "anna", Token: tokens[0]})
		second.tell(order{Do: "save", Organization: t.Name(), Username: "anna", Token: tokens[1]})
		first.hear().mustSucceed(t)
		second.hear().mustSucceed(t)
		got := first.do(order{Do: "load", Organization: t.Name()}).mustSucceed(t)
		if got != tokens[0] && got != tokens[1] {
			t.Fatalf("torn: %q", got)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestTwoProcessesMakeOneSealingKey(t *testing.T) {
	dir := t.TempDir()
	first, second := startChild(t, dir), startChild(t, dir)
	for round := range 30 {
		seal := order{Do: "seal", Organization: fmt.Sprint(t.Name(), round)}
		first.tell(seal)
		second.tell(seal)
		one, two := first.hear().mustSucceed(t), second.hear().mustSucceed(t)
		if one != two {
			t.Fatal("two keys: what the first seals is lost")
		}
	}
}

// items counts what Latchkey has in the keyring.
func items(t *testing.T) int {
	t.Helper()
	bus, err := dbus.SessionBus()
	if err != nil {
		t.Fatal(err)
	}
	var found []dbus.ObjectPath
	err = bus.Object(secretService, loginCollection).
		Call("org.freedesktop.Secret.Collection.SearchItems", 0, map[string]string{"service": service}).Store(&found)
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// shortDir is a folder whose path leaves room for the name of a Unix socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "keyring")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
