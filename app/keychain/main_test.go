//go:build linux

package keychain

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"latchkey/app/companion"
	"latchkey/app/keychain/keyringtest"
	"latchkey/verifier"
)

// childVariable makes the test binary a second process with a Keychain over the
// state directory that it names. It does one order after another, see child.
const childVariable = "KEYCHAIN_TEST_CHILD"

// daemon is the real keyring of this test binary.
var daemon *keyringtest.Keyring

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		serveOrders(New(dir))
		return
	}
	os.Exit(runWithKeyring(m))
}

func runWithKeyring(m *testing.M) int {
	dir, err := os.MkdirTemp("", "keyring")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if daemon, err = keyringtest.Start(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, variable := range daemon.Env() {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	code := m.Run()
	if err := daemon.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// order is what a child is to do, result what came of it.
type order struct{ Do, Organization, Username, Token string }

type result struct {
	Value string
	Error string
	Kinds []string // of the error
}

// kinds are the errors that cross the process boundary by name.
var kinds = map[string]error{
	"no keyring": companion.ErrNoKeyring, "locked": companion.ErrKeyringLocked,
	"not signed in": companion.ErrNotSignedIn, "seal": verifier.ErrSealUnavailable,
}

func serveOrders(k *Keychain) {
	ctx := context.Background()
	in, out := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout)
	for {
		var next order
		if in.Decode(&next) != nil {
			return
		}
		var (
			done result
			err  error
		)
		switch next.Do {
		case "save":
			err = k.Save(ctx, next.Organization, next.Username, next.Token)
		case "load":
			done.Value, err = k.Load(ctx, next.Organization, next.Username)
		case "seal":
			var key []byte
			key, err = k.SealingKey(ctx, next.Organization)
			done.Value = string(fmt.Appendf(nil, "%x", key))
		case "check":
			err = k.Check(ctx)
		default:
			panic("no such order: " + next.Do)
		}
		if err != nil {
			done.Error = err.Error()
		}
		for name, kind := range kinds {
			if errors.Is(err, kind) {
				done.Kinds = append(done.Kinds, name)
			}
		}
		if out.Encode(done) != nil {
			return
		}
	}
}

// child is another process with a Keychain.
type child struct {
	t   *testing.T
	in  *json.Encoder
	out *json.Decoder
}

// startChild starts one over the state directory dir; env overrides variables.
func startChild(t *testing.T, dir string, env ...string) child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	process := exec.Command(self)
	// The race detector would let each child linger for a second.
	process.Env = append(append(os.Environ(), childVariable+"="+dir, "GORACE=atexit_sleep_ms=0"), env...)
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), process.Wait()); err != nil {
			t.Errorf("child: %v", err)
		}
	})
	return child{t, json.NewEncoder(in), json.NewDecoder(out)}
}

// tell gives an order without waiting for its result, which hear returns.
func (c child) tell(next order) {
	c.t.Helper()
	if err := c.in.Encode(next); err != nil {
		c.t.Fatal(err)
	}
}

func (c child) hear() result {
	c.t.Helper()
	var done result
	if err := c.out.Decode(&done); err != nil {
		c.t.Fatalf("the child has ended: %v", err)
	}
	return done
}

func (c child) do(next order) result {
	c.t.Helper()
	c.tell(next)
	return c.hear()
}

// mustFail expects an error of the kind, told by the keyring or its absence and not by our running out of patience.
func (r result) mustFail(t *testing.T, kind string) {
	t.Helper()
	if !slices.Contains(r.Kinds, kind) {
		t.Errorf("got %q (%v), want kind %q", r.Error, r.Kinds, kind)
	}
	if strings.Contains(r.Error, "did not answer") {
		t.Errorf("it was waited for: %s", r.Error)
	}
}

func (r result) mustSucceed(t *testing.T) string {
	t.Helper()
	if r.Error != "" {
		t.Fatal(r.Error)
	}
	return r.Value
}
