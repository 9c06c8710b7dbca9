package tpm

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"latchkey/fido/ceremony"
	"latchkey/platform/tpm/swtpmtest"
)

// silentTPM is a socket to which one can connect, and which never answers.
func silentTPM(t *testing.T) (path string, listener net.Listener) {
	t.Helper()
	dir, err := os.MkdirTemp("", "silent-") // a socket's path has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	listener, err = net.Listen("unix", filepath.Join(dir, "tpm"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		listener.Close() // some tests have done so
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(dir, "tpm"), listener
}

// bounded ends a test that hangs.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// uses are all that can be done with a chip.
var uses = map[string]func(context.Context, *chip) error{
	"probe":    func(ctx context.Context, c *chip) error { return c.Probe(ctx) },
	"generate": func(ctx context.Context, c *chip) error { _, _, err := c.Generate(ctx, "correct horse"); return err },
	"check":    func(ctx context.Context, c *chip) error { return c.Check(ctx, wrappedKey()) },
	"sign": func(ctx context.Context, c *chip) error {
		_, err := c.Sign(ctx, wrappedKey(), [32]byte{}, "correct horse")
		return err
	},
	"retries": func(ctx context.Context, c *chip) error { _, err := c.PINRetries(ctx); return err },
}

// wantFree checks that the TPM can be taken, now or once who has it gives it back.
func wantFree(t *testing.T, d *Device) {
	t.Helper()
	giveBack, err := d.take(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	giveBack()
}

func TestSilentTPMIsGivenUp(t *testing.T) {
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			path, _ := silentTPM(t)
			c := &chip{newDevice(path, 100*time.Millisecond, open), "the chip"}
			var failed *ceremony.Error
			err := use(bounded(t), c)
			if !errors.Is(err, ceremony.ErrDevice) || !errors.As(err, &failed) || failed.Fix == "" || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("ended with %v", err)
			}
			wantFree(t, c.device)
		})
	}
}

// TestCallersDoNotWaitLongerThanTheyWant holds for who has the TPM, and for who waits for
// it meanwhile.
func TestCallersDoNotWaitLongerThanTheyWant(t *testing.T) {
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			path, listener := silentTPM(t)
			c := &chip{newDevice(path, time.Hour, open), "the chip"}
			for _, who := range []string{"first", "second"} {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				err := use(ctx, c)
				cancel()
				if known := (*ceremony.Error)(nil); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &known) {
					t.Errorf("the %s ended with %v", who, err)
				}
			}
			if err := listener.Close(); err != nil {
				t.Fatal(err)
			}
			wantFree(t, c.device)
		})
	}
}

// gated holds one command back.
type gated struct {
	transport.TPMCloser
	command       tpm2.TPMCC
	reached, gate chan struct{}
}

func (g gated) Send(command []byte) ([]byte, error) {
	if tpm2.TPMCC(binary.BigEndian.Uint32(command[6:])) == g.command {
		close(g.reached)
		<-g.gate
	}
	return g.TPMCloser.Send(command)
}

// TestCalledOffInTheMiddle holds that a row of commands nobody waits for any more ends in
// good order: with the right PIN, and with everything flushed.
func TestCalledOffInTheMiddle(t *testing.T) {
	reached, gate := make(chan struct{}), make(chan struct{})
	c := over(swtpmtest.Start(t).Path(), func(path string, until time.Time) (transport.TPMCloser, error) {
		tpm, err := open(path, until)
		return gated{tpm, tpm2.TPMCCSign, reached, gate}, err
	})
	key, _, err := c.Generate(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	before, err := c.PINRetries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(bounded(t))
	go func() {
		<-reached
		cancel()
	}()
	if _, err := c.Sign(ctx, key, [32]byte{}, "correct horse"); !errors.Is(err, context.Canceled) {
		t.Fatalf("ended with %v", err)
	}
	close(gate)
	for _, kind := range []tpm2.TPMHT{tpm2.TPMHTTransient, tpm2.TPMHTHMACSession} {
		if left := loaded(t, c, kind); left != 0 {
			t.Errorf("%d handles of kind %#x are left", left, kind)
		}
	}
	if after, err := c.PINRetries(t.Context()); err != nil || after != before {
		t.Errorf("%d tries are left of %d, %v", after, before, err)
	}
}

func TestWhatIsTakenForSoftware(t *testing.T) {
	for path, want := range map[string]bool{
		"": false, DefaultPath: false, "/dev/tpm0": false, "/dev/./tpm1": false,
		"/tmp/tpm": true, "/dev/shm/tpm": true, "/dev/../tmp/tpm": true, "dev/tpmrm0": true, "/dev": true, "tpm": true,
		"/dev/stdin": true, "/dev/tty": true, "/dev/tpmrm0/x": true, "/dev/tpmrm": true,
	} {
		if got := NewDevice(path).Virtual(); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
}

// TestEachSortHasAModelOfItsOwn lets a software TPM stand where a chip does.
func TestEachSortHasAModelOfItsOwn(t *testing.T) {
	software := swtpmtest.Start(t).Path()
	standIn := newDevice(DefaultPath, Patience, func(_ string, until time.Time) (transport.TPMCloser, error) { return open(software, until) })
	for _, test := range []struct {
		device      *Device
		pin, finger [16]byte
		virtual     bool
	}{
		{standIn, AAGUID, FingerprintAAGUID, false},
		{NewDevice(software), VirtualAAGUID, VirtualFingerprintAAGUID, true},
	} {
		options := Options{Device: test.device, Records: filepath.Join(t.TempDir(), "tpm.json")}
		pin := New(options).Probe(t.Context())
		finger := NewFingerprint(FingerprintOptions{Options: options, Finger: anyone{}, Secrets: drawer{}}).Probe(t.Context())
		if pin.Problem != nil || pin.Devices[0].AAGUID != test.pin || pin.Devices[0].Virtual != test.virtual {
			t.Errorf("behind a PIN: %+v", pin)
		}
		if finger.Problem != nil || finger.Devices[0].AAGUID != test.finger || finger.Devices[0].Virtual != test.virtual {
			t.Errorf("behind a finger: %+v", finger)
		}
	}
}

func TestReadResponse(t *testing.T) {
	const whole = "\x80\x01\x00\x00\x00\x0c\x00\x00\x00\x00ok"
	buffer := make([]byte, 4096)
	if n, err := readResponse(iotest.OneByteReader(strings.NewReader(whole+"more")), buffer); err != nil || string(buffer[:n]) != whole {
		t.Errorf("read %q, %v", buffer[:n], err)
	}
	for name, test := range map[string]struct {
		response string
		want     error
	}{
		"nothing":   {"", io.EOF},
		"cut short": {whole[:11], io.ErrUnexpectedEOF},
		"too small": {"\x80\x01\x00\x00\x00\x09\x00\x00\x00\x00", nil},
		"too large": {"\x80\x01\xff\xff\xff\xff\x00\x00\x00\x00", nil},
	} {
		if _, err := readResponse(strings.NewReader(test.response), buffer); err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
