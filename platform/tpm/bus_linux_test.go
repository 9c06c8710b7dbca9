package tpm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"latchkey/fido/ceremony"
	"latchkey/platform/tpm/swtpmtest"
)

// bus listens on the wires between computer and chip.
type bus struct {
	change func(response []byte) []byte // what comes from the chip, nil to let it be

	mu       sync.Mutex
	heard    []byte
	commands []tpm2.TPMCC
}

func (b *bus) open(path string, until time.Time) (transport.TPMCloser, error) {
	tpm, err := open(path, until)
	return tapped{tpm, b}, err
}

type tapped struct {
	transport.TPMCloser
	bus *bus
}

func (t tapped) Send(command []byte) ([]byte, error) {
	response, err := t.TPMCloser.Send(command)
	if t.bus.change != nil {
		response = t.bus.change(response)
	}
	t.bus.mu.Lock()
	defer t.bus.mu.Unlock()
	t.bus.heard = append(append(t.bus.heard, command...), response...)
	t.bus.commands = append(t.bus.commands, tpm2.TPMCC(binary.BigEndian.Uint32(command[6:])))
	return response, err
}

func TestThePINIsNeverInTheClearOnTheBus(t *testing.T) {
	const pin, wrong = "correct horse", "battery staple"
	wires := new(bus)
	c := over(swtpmtest.Start(t).Path(), wires.open)
	key, _, err := c.Generate(t.Context(), pin)
	if err != nil {
		t.Fatal(err)
	}
	digest := [32]byte([]byte("the digest that is to be signed."))
	if _, err := c.Sign(t.Context(), key, digest, pin); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sign(t.Context(), key, digest, wrong); !errors.Is(err, ceremony.ErrPINInvalid) {
		t.Fatal(err)
	}
	if !bytes.Contains(wires.heard, digest[:]) {
		t.Error("the wires were not heard")
	}
	for _, secret := range [][]byte{[]byte(pin), authValue([]byte(pin)), []byte(wrong), authValue([]byte(wrong))} {
		if bytes.Contains(wires.heard, secret) {
			t.Errorf("%x was heard", secret)
		}
	}
}

// TestAnotherParentGetsNoProofOfThePIN plays who answers in the chip's place: with a
// storage primary of their own, and with one that only bears the right name. Neither is
// asked for more.
func TestAnotherParentGetsNoProofOfThePIN(t *testing.T) {
	const pin = "correct horse"
	honest := over(swtpmtest.Start(t).Path(), open)
	key, _, err := honest.Generate(t.Context(), pin)
	if err != nil {
		t.Fatal(err)
	}
	var point []byte
	err = honest.useParent(t.Context(), func(_ transport.TPM, parent parent) error {
		unique, err := parent.public.Unique.ECC()
		if err == nil {
			point = unique.X.Buffer
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	another := bytes.Repeat([]byte{7}, len(point))
	for name, test := range map[string]struct {
		path  string
		wires *bus
	}{
		"another primary":           {swtpmtest.Start(t).Path(), new(bus)},
		"the name of the right one": {honest.device.path, &bus{change: func(response []byte) []byte { return bytes.ReplaceAll(response, point, another) }}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := over(test.path, test.wires.open).Sign(t.Context(), key, [32]byte{}, pin)
			if want := []tpm2.TPMCC{tpm2.TPMCCCreatePrimary, tpm2.TPMCCFlushContext}; !errors.Is(err, ceremony.ErrNoCredential) || !slices.Equal(test.wires.commands, want) {
				t.Errorf("ended with %v after %v", err, test.wires.commands)
			}
		})
	}
}

// anyone is a finger that always matches.
type anyone struct{}

func (anyone) Probe(context.Context) error                { return nil }
func (anyone) Verify(context.Context, func(string)) error { return nil }

// drawer is a keyring.
type drawer map[string][]byte

func (d drawer) Save(_ context.Context, id string, secret []byte) error {
	d[id] = bytes.Clone(secret)
	return nil
}

func (d drawer) Load(_ context.Context, id string) ([]byte, error) {
	if secret, ok := d[id]; ok {
		return bytes.Clone(secret), nil
	}
	return nil, ErrNoSecret
}

func (d drawer) Delete(_ context.Context, id string) error {
	delete(d, id)
	return nil
}

func TestTheSecretBehindAFingerIsInTheKeyringAlone(t *testing.T) {
	wires, keyring := new(bus), drawer{}
	f := &fingerChip{over(swtpmtest.Start(t).Path(), wires.open), anyone{}, keyring}
	key, _, err := f.Generate(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	digest := [32]byte([]byte("the digest that is to be signed."))
	if _, err := f.Sign(t.Context(), key, digest, ""); err != nil {
		t.Fatal(err)
	}
	if len(keyring) != 1 || !bytes.Contains(wires.heard, digest[:]) {
		t.Fatalf("%d secrets are kept, or the wires were not heard", len(keyring))
	}
	for id, secret := range keyring {
		if len(id) != 43 || len(secret) != secretSize || bytes.Equal(secret, make([]byte, secretSize)) {
			t.Errorf("%q has %d bytes, and perhaps nothing but zeros", id, len(secret))
		}
		for _, secret := range [][]byte{secret, authValue(secret)} {
			if bytes.Contains(wires.heard, secret) || bytes.Contains(key, secret) {
				t.Error("it is on the wires or on the disk too")
			}
		}
	}
}

// TestEveryPINWorks holds for those too whose digest has a zero byte, as one in eight
// does.
func TestEveryPINWorks(t *testing.T) {
	c := over(swtpmtest.Start(t).Path(), open)
	for _, at := range []int{0, 16, 31} {
		pin := withZero(t, at)
		key, _, err := c.Generate(t.Context(), pin)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Sign(t.Context(), key, [32]byte{}, pin); err != nil {
			t.Errorf("byte %d: PIN %s: %v", at, pin, err)
		}
	}
}

// withZero returns a PIN of six digits whose digest has a zero byte at a place.
func withZero(t *testing.T, at int) string {
	t.Helper()
	for number := range 1_000_000 {
		pin := fmt.Sprintf("%06d", number)
		if sha256.Sum256([]byte(pin))[at] == 0 {
			return pin
		}
	}
	t.Fatalf("no digest has a zero byte at %d", at)
	return ""
}

// TestNothingStaysLoaded holds that what a row of commands loads is gone when it ends,
// however it ends.
func TestNothingStaysLoaded(t *testing.T) {
	c := over(swtpmtest.Start(t).Path(), open)
	key, _, err := c.Generate(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken off")
	for name, run := range map[string]func() error{
		"signed": func() error { _, err := c.Sign(t.Context(), key, [32]byte{}, "correct horse"); return err },
		"wrong PIN": func() error {
			_, err := c.Sign(t.Context(), key, [32]byte{}, "wrong")
			if errors.Is(err, ceremony.ErrPINInvalid) {
				return nil
			}
			return err
		},
		"foreign key": func() error {
			spoiled := bytes.Clone(key)
			spoiled[len(spoiled)-1] ^= 1
			if err := c.Check(t.Context(), spoiled); !errors.Is(err, ceremony.ErrNoCredential) {
				return err
			}
			return nil
		},
		"broken off": func() error {
			err := c.useKey(t.Context(), key, func(transport.TPM, parent, *tpm2.LoadResponse) error { return broken })
			if !errors.Is(err, broken) {
				return err
			}
			return nil
		},
	} {
		if err := run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, kind := range []tpm2.TPMHT{tpm2.TPMHTTransient, tpm2.TPMHTHMACSession, tpm2.TPMHTPolicySession} {
			if left := loaded(t, c, kind); left != 0 {
				t.Errorf("%s: %d handles of kind %#x are left", name, left, kind)
			}
		}
	}
}

// loaded counts what the TPM holds of one kind of handle.
func loaded(t *testing.T, c *chip, kind tpm2.TPMHT) int {
	t.Helper()
	count := -1
	err := c.use(t.Context(), func(tpm transport.TPM) error {
		answer, err := tpm2.GetCapability{
			Capability: tpm2.TPMCapHandles, Property: uint32(kind) << 24, PropertyCount: 16,
		}.Execute(tpm)
		if err != nil {
			return err
		}
		handles, err := answer.CapabilityData.Data.Handles()
		if err != nil {
			return err
		}
		count = len(handles.Handle)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}
