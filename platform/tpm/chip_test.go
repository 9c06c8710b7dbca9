package tpm

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"encoding/binary"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"latchkey/fido/ceremony"
)

type opener = func(path string, until time.Time) (transport.TPMCloser, error)

// over is a chip that is opened in some way.
func over(path string, open opener) *chip { return &chip{newDevice(path, Patience, open), "the chip"} }

// chipThatFails is one that cannot be opened.
func chipThatFails(err error) *chip {
	return over(DefaultPath, func(path string, _ time.Time) (transport.TPMCloser, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	})
}

func TestWhyAChipCannotBeOpened(t *testing.T) {
	for _, test := range []struct {
		err  error
		want *ceremony.Error
		fix  string
	}{
		{syscall.ENOENT, ceremony.ErrNoDevice, "firmware"},
		{syscall.ECONNREFUSED, ceremony.ErrNoDevice, "firmware"},
		{syscall.EACCES, ceremony.ErrNoAccess, "sudo usermod -aG tss"},
		{syscall.EBUSY, ceremony.ErrBusy, ""},
		{errors.ErrUnsupported, ceremony.ErrUnsupported, ""},
	} {
		err := chipThatFails(test.err).Probe(t.Context())
		var failed *ceremony.Error
		if !errors.Is(err, test.want) || !errors.Is(err, test.err) || !errors.As(err, &failed) || !strings.Contains(failed.Fix, test.fix) {
			t.Errorf("%v: %v", test.err, err)
		}
	}
}

func TestEndedContextOpensNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := over(DefaultPath, func(string, time.Time) (transport.TPMCloser, error) {
		t.Error("opened")
		return nil, errors.ErrUnsupported
	})
	if err := c.Probe(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	giveBack, err := c.device.take(t.Context()) // nor does it later
	if err != nil {
		t.Fatal(err)
	}
	giveBack()
}

// mute is a TPM that answers each command with one response code.
type mute struct{ code tpm2.TPMRC }

func (m mute) Send([]byte) ([]byte, error) {
	code := uint32(m.code)
	return []byte{0x80, 0x01, 0, 0, 0, 10, byte(code >> 24), byte(code >> 16), byte(code >> 8), byte(code)}, nil
}

func (mute) Close() error { return nil }

func TestWhatTheChipRefuses(t *testing.T) {
	for code, want := range map[tpm2.TPMRC]*ceremony.Error{
		tpm2.TPMRCLockout:      ceremony.ErrPINAuthBlocked,
		tpm2.TPMRCObjectMemory: ceremony.ErrBusy,
		tpm2.TPMRCNVRate:       ceremony.ErrBusy,
		tpm2.TPMRCFailure:      ceremony.ErrDevice,
	} {
		c := over(DefaultPath, func(string, time.Time) (transport.TPMCloser, error) { return mute{code}, nil })
		if _, _, err := c.Generate(t.Context(), "correct horse"); !errors.Is(err, want) || !errors.Is(err, code) {
			t.Errorf("%v: %v", code, err)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, test := range []struct {
		limits limits
		left   int
		wait   time.Duration
	}{
		{limits{0, 3, time.Minute}, 3, 0},
		{limits{2, 3, time.Minute}, 1, 0},
		{limits{3, 3, time.Minute}, 0, time.Minute},
		{limits{5, 3, time.Minute}, 0, 3 * time.Minute},
		{limits{0, 0, time.Minute}, 0, time.Minute},
	} {
		if left, wait := test.limits.left(), test.limits.wait(); left != test.left || wait != test.wait {
			t.Errorf("%+v: %d left, wait %v", test.limits, left, wait)
		}
	}
}

func TestLockOutIsToldWithItsTime(t *testing.T) {
	const want = "Use another key, or leave the computer on and try again in 17 minutes."
	var failed *ceremony.Error
	err := chipThatFails(nil).locked(limits{3, 3, 1000 * time.Second}.wait(), nil)
	if !errors.As(err, &failed) || failed.Wait != 1000*time.Second || failed.Retries != 0 || failed.Fix != want {
		t.Errorf("%+v", failed)
	}
}

func TestRoughly(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		0: "a while", time.Second: "1 minute", time.Minute: "1 minute", 1000 * time.Second: "17 minutes",
		90 * time.Minute: "90 minutes", 91 * time.Minute: "2 hours", 2 * time.Hour: "2 hours",
	} {
		if got := roughly(wait); got != want {
			t.Errorf("%v: %s, want %s", wait, got, want)
		}
	}
}

// wrappedKey has the form of one.
func wrappedKey() []byte {
	return wrap(tpm2.TPM2BName{Buffer: []byte("name")}, tpm2.New2B(guarded), tpm2.TPM2BPrivate{Buffer: []byte("wrapped by the chip")})
}

func TestWrappedKeysSurviveTheFile(t *testing.T) {
	key := wrappedKey()
	parent, public, private, err := unwrap(key)
	if err != nil || string(parent.Buffer) != "name" || !bytes.Equal(wrap(parent, public, private), key) {
		t.Fatalf("%x became %x: %v", key, wrap(parent, public, private), err)
	}
	for size := range key {
		if _, _, _, err := unwrap(key[:size]); err == nil {
			t.Errorf("%d of %d bytes are taken", size, len(key))
		}
	}
	if _, _, _, err := unwrap(append(key, 0)); err == nil {
		t.Error("a byte behind it is taken")
	}
}

func TestPublicKeysOfAnyWidth(t *testing.T) {
	point := func(x, y []byte) tpm2.TPM2BPublic {
		public := guarded
		public.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: x}, Y: tpm2.TPM2BECCParameter{Buffer: y}})
		return tpm2.New2B(public)
	}
	short := shortPoint(t)
	x, y := bytes.TrimLeft(short[1:33], "\x00"), short[33:]
	key, err := publicKey(point(x, y))
	if err != nil {
		t.Fatal(err)
	}
	if encoded, err := key.Bytes(); err != nil || !bytes.Equal(encoded, short) {
		t.Errorf("%x became %x, %v", short, encoded, err)
	}
	for name, public := range map[string]tpm2.TPM2BPublic{
		"off the curve": point(y, y), "too wide": point(make([]byte, 33), y), "empty": {},
	} {
		if _, err := publicKey(public); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// shortPoint is an uncompressed point of P-256 with a leading zero byte in x.
func shortPoint(t *testing.T) []byte {
	t.Helper()
	for scalar := range uint16(10_000) {
		private := make([]byte, 32)
		binary.BigEndian.PutUint16(private[30:], scalar+1)
		key, err := ecdh.P256().NewPrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		if point := key.PublicKey().Bytes(); point[1] == 0 {
			return point
		}
	}
	t.Fatal("no point has a short coordinate")
	return nil
}

// TestFixesSayOnlyWhatToDo holds that none tells again what has happened: that is said
// before it, by the application. A key that is gone is the exception, which nobody
// understands without the reason.
func TestFixesSayOnlyWhatToDo(t *testing.T) {
	c := chipThatFails(nil)
	for _, err := range []error{
		c.unavailable(syscall.ENOENT), c.unavailable(syscall.EACCES), c.owned(nil),
		c.noKeyring(errors.New("closed")), c.silent(nil), c.locked(0, nil),
	} {
		var failed *ceremony.Error
		if !errors.As(err, &failed) {
			t.Fatalf("%v says nothing to do", err)
		}
		switch first, _, _ := strings.Cut(failed.Fix, " "); first {
		case "Ask", "Join", "Switch", "Try", "Unlock", "Use":
		default:
			t.Errorf("%s: %s", failed.Code, failed.Fix)
		}
	}
}
