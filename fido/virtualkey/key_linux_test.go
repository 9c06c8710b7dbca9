package virtualkey_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latchkey/fido/virtualkey"
	"latchkey/fido/virtualkey/authenticator"
	"latchkey/fido/virtualkey/internal/tooltest"
)

// background runs fido2-cred -M, which wants a touch, and returns what to receive its result from.
func background(t *testing.T, key *virtualkey.Key) <-chan tooltest.Result {
	t.Helper()
	request := tooltest.File(t, tooltest.Random(32), "relying.example", "alice", tooltest.Random(16))
	path, result := key.Path(), make(chan tooltest.Result, 1)
	go func() { result <- tooltest.Run(t, "", "fido2-cred", "-M", "-i", request, path) }()
	return result
}

// awaitTouch waits until the key blinks.
func awaitTouch(t *testing.T, key *virtualkey.Key) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := key.AwaitTouch(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestTouch(t *testing.T) {
	prompts := make(chan authenticator.Prompt, 10)
	key := serve(t, virtualkey.Options{
		Touch:        virtualkey.TouchAsk,
		Asked:        func(p authenticator.Prompt) { prompts <- p },
		TouchTimeout: time.Minute,
	})
	result := background(t, key)
	awaitTouch(t, key)
	if got := <-prompts; got.Action != authenticator.ActionRegister || got.RPID != "relying.example" {
		t.Errorf("asked for %+v", got)
	}
	key.Touch()
	if r := <-result; r.Failed || key.Touches() != 1 || key.Waiting() {
		t.Errorf("after a touch: %+v, %d touches, waiting %t", r, key.Touches(), key.Waiting())
	}
	key.Deny()
	if r := <-background(t, key); !strings.Contains(r.Stderr, "FIDO_ERR_OPERATION_DENIED") {
		t.Errorf("after a refusal: %+v", r)
	}
	result = background(t, key)
	awaitTouch(t, key)
	key.SetTouch(virtualkey.TouchAuto)
	if r := <-result; r.Failed || key.Touches() != 2 {
		t.Errorf("after the change to auto: %+v, %d touches", r, key.Touches())
	}
}

func TestTouchTimesOut(t *testing.T) {
	key := serve(t, virtualkey.Options{Touch: virtualkey.TouchNever, TouchTimeout: 10 * time.Millisecond})
	if r := <-background(t, key); !strings.Contains(r.Stderr, "FIDO_ERR_USER_ACTION_TIMEOUT") && !strings.Contains(r.Stderr, "FIDO_ERR_ACTION_TIMEOUT") {
		t.Errorf("got %+v", r)
	}
	if key.Touches() != 0 {
		t.Errorf("%d touches", key.Touches())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := key.AwaitTouch(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("awaiting what nobody asks for: %v", err)
	}
}

func TestUnplugInTheMiddle(t *testing.T) {
	key := serve(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	path, result := key.Path(), background(t, key)
	awaitTouch(t, key)
	if err := key.Unplug(); err != nil {
		t.Fatal(err)
	}
	if r := <-result; !r.Failed {
		t.Error("the request survived the unplugging")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || key.Path() != "" {
		t.Errorf("the device is still there: %v, path %q", err, key.Path())
	}
	if _, err := key.CBOR(t.Context(), []byte{4}); !errors.Is(err, virtualkey.ErrUnplugged) {
		t.Errorf("a command to the unplugged key: %v", err)
	}
	if err := key.SetPIN(pin); !errors.Is(err, virtualkey.ErrUnplugged) {
		t.Errorf("a PIN for the unplugged key: %v", err)
	}
	if err := key.Unplug(); err != nil {
		t.Errorf("unplugged twice: %v", err)
	}
	if err := key.Replug(); err != nil {
		t.Fatal(err)
	}
	tooltest.Must(t, "", "fido2-token", "-I", key.Path())
}

func TestUnplugEndsACommandPastTheWire(t *testing.T) {
	key := serve(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	ended := make(chan error, 1)
	go func() {
		_, err := key.CBOR(t.Context(), []byte{0x0B}) // authenticatorSelection, which wants a touch
		ended <- err
	}()
	awaitTouch(t, key)
	if err := key.Replug(); err != nil {
		t.Fatal(err)
	}
	if key.Waiting() {
		t.Error("a command outlived the unplugging")
	}
	if err := <-ended; !errors.Is(err, virtualkey.ErrUnplugged) {
		t.Errorf("the command ended with %v", err)
	}
}

func TestLink(t *testing.T) {
	link := filepath.Join(t.TempDir(), "key")
	key := serve(t, virtualkey.Options{Link: link})
	target := func() string {
		target, err := os.Readlink(link)
		if err != nil {
			return ""
		}
		return target
	}
	tooltest.Must(t, "", "fido2-token", "-I", link)
	if err := key.Replug(); err != nil {
		t.Fatal(err)
	}
	if target() != key.Path() {
		t.Errorf("the link leads to %q, the key is at %q", target(), key.Path())
	}
	if err := key.Unplug(); err != nil {
		t.Fatal(err)
	}
	if target() != "" {
		t.Errorf("the link of an unplugged key leads to %q", target())
	}
	if err := os.WriteFile(link, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := key.Replug(); err == nil || !strings.Contains(err.Error(), "not a symbolic link") {
		t.Errorf("a file in the place of the link: %v", err)
	}
	if data, err := os.ReadFile(link); err != nil || string(data) != "precious" {
		t.Errorf("the file in the place of the link: %q, %v", data, err)
	}
}

func TestTwoKeysAtOnce(t *testing.T) {
	one, two := serve(t, virtualkey.Options{}), serve(t, virtualkey.Options{})
	c := enrol(t, one, "es256", "")
	signIn(t, one, c, "es256", "")
	tooltest.Refused(t, "FIDO_ERR_NO_CREDENTIALS", "", "fido2-assert", "-G", "-i",
		tooltest.File(t, tooltest.Random(32), "relying.example", c.id), two.Path())
}

func TestServeRefusesWrongOptions(t *testing.T) {
	if _, err := virtualkey.Serve(t.Context(), virtualkey.Options{Touch: "sometimes"}); err == nil {
		t.Error("an unknown touch policy was taken")
	}
	if _, err := virtualkey.Serve(t.Context(), virtualkey.Options{PIN: "123"}); !errors.Is(err, authenticator.StatusPINPolicyViolation) {
		t.Errorf("a short PIN: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := virtualkey.Serve(ended, virtualkey.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("served after the end: %v", err)
	}
}

func TestKeyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	key, err := virtualkey.Serve(ctx, virtualkey.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := key.Replug(); !errors.Is(err, context.Canceled) {
		t.Errorf("plugged in after the end: %v", err)
	}
	for range 2 {
		if err := key.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := key.Replug(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("plugged in after closing: %v", err)
	}
}

// openRaw opens the device as an application that does not know how to behave.
func openRaw(t *testing.T, key *virtualkey.Key) *os.File {
	t.Helper()
	file, err := os.OpenFile(key.Path(), os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// packet frames a report to the channel that a fresh key gives out first.
func packet(command byte, size int) []byte {
	return append([]byte{0, 0, 0, 0, 1, command, byte(size >> 8), byte(size)}, make([]byte, 57)...)
}

// lines is a writer that hands on each line that a log writes.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

func TestWinkIsNoticed(t *testing.T) {
	log := make(lines, 10)
	file := openRaw(t, serve(t, virtualkey.Options{Log: slog.New(slog.NewTextHandler(log, nil))}))
	initialize := append([]byte{0, 0xFF, 0xFF, 0xFF, 0xFF, 0x86, 0, 8}, make([]byte, 57)...)
	if _, err := file.Write(slices.Concat(initialize, packet(0x88, 0))); err != nil {
		t.Fatal(err)
	}
	select {
	case line := <-log:
		if !strings.Contains(line, "winks") {
			t.Errorf("the log says %q", line)
		}
	case <-time.After(time.Minute):
		t.Error("nobody noticed")
	}
}

func TestDeadApplicationsAreInNobodysWay(t *testing.T) {
	initialize := append([]byte{0, 0xFF, 0xFF, 0xFF, 0xFF, 0x86, 0, 8}, make([]byte, 57)...)
	tests := map[string][]byte{
		"answers are left unread": bytes.Repeat(slices.Concat(initialize, packet(0x90, 1)), 20),
		"a packet is cut short":   initialize[:30],
		"a message is cut short":  slices.Concat(initialize, packet(0x81, 7000)),
		"it never reads":          slices.Concat(initialize, bytes.Repeat(packet(0x81, 57), 1000)),
	}
	for name, sent := range tests {
		t.Run(name, func(t *testing.T) {
			key := serve(t, virtualkey.Options{})
			dead := openRaw(t, key)
			if err := dead.SetWriteDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := dead.Write(sent); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			dead.Close()
			deadline := time.After(time.Minute)
			for tooltest.Run(t, "", "fido2-token", "-I", key.Path()).Failed {
				select {
				case <-deadline:
					t.Fatal("the next application never got through")
				default:
				}
			}
		})
	}
}
