//go:build cgo

package fido

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/fxamacker/cbor/v2"
	"golang.org/x/term"

	"latchkey/fido/ceremony"
	"latchkey/fido/virtualkey/ctaphid"
)

// impostor is a key that answers what its functions say.
type impostor struct {
	cbor  func(ctx context.Context, request []byte, progress func(status byte)) []byte
	frame func(ctaphid.Report) ctaphid.Report // changes what goes out, nil for nothing
}

func (i impostor) CBOR(ctx context.Context, request []byte, progress func(byte)) []byte {
	return i.cbor(ctx, request, progress)
}
func (impostor) Message(context.Context, []byte) []byte { return []byte{0x6d, 0x00} }
func (impostor) Wink()                                  {}

// wire carries an impostor's reports over a pseudo-terminal.
type wire struct {
	master, slave *os.File
	frame         func(ctaphid.Report) ctaphid.Report
}

func (w wire) ReadReport() (ctaphid.Report, error) {
	var packet [1 + ctaphid.ReportSize]byte
	_, err := io.ReadFull(w.master, packet[:])
	return ctaphid.Report(packet[1:]), err
}

func (w wire) WriteReport(report ctaphid.Report) error {
	if w.frame != nil {
		report = w.frame(report)
	}
	_, err := w.master.Write(report[:])
	return err
}

func (wire) Drained() bool  { return true }
func (wire) Discard() error { return nil }
func (w wire) Close() error { return errors.Join(w.master.Close(), w.slave.Close()) }

// plugInImpostor returns the path of a hostile key.
func plugInImpostor(t *testing.T, i impostor) string {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := term.MakeRaw(int(slave.Fd())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = ctaphid.NewServer(wire{master, slave, i.frame}, i, ctaphid.Options{}).Run(ctx) // ends with ctx
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return slave.Name()
}

// answer is a successful CTAP2 response.
func answer(t *testing.T, v any) []byte {
	t.Helper()
	body, err := canonical.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{0}, body...)
}

// getInfoCommand is authenticatorGetInfo, CTAP 2.1 §6.
const getInfoCommand = 0x04

func soundInfo(t *testing.T) []byte {
	return answer(t, map[int]any{1: []string{"FIDO_2_0"}, 3: make([]byte, 16), 4: map[string]bool{"rk": true, "up": true}})
}

// soundAuthData is authenticator data that a test can spoil.
func soundAuthData(t *testing.T, attested bool) []byte {
	t.Helper()
	hash := sha256.Sum256([]byte(rpID))
	data := append(hash[:], flagUserPresent, 0, 0, 0, 1)
	if !attested {
		return data
	}
	data[32] |= flagAttested
	data = append(data, make([]byte, 16)...)
	data = append(data, 0, 4, 'c', 'r', 'e', 'd')
	key, err := canonical.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: make([]byte, 32), -3: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return append(data, key...)
}

func TestHostileCredential(t *testing.T) {
	packed := map[string]any{"alg": -7, "sig": []byte("signature")}
	spoiled := func(change func([]byte) []byte) []byte {
		return answer(t, map[int]any{1: "packed", 2: change(soundAuthData(t, true)), 3: packed})
	}
	for name, response := range map[string][]byte{
		"nothing":              {},
		"status only":          {0},
		"no CBOR":              {0, 0xff, 0xff},
		"truncated CBOR":       answer(t, map[int]any{1: "packed", 2: soundAuthData(t, true), 3: packed})[:40],
		"nested without end":   append([]byte{0}, slices.Repeat([]byte{0x81}, 4000)...),
		"an array of 2^32":     {0, 0x9a, 0xff, 0xff, 0xff, 0xff},
		"a string of 2^62":     {0, 0xa1, 0x01, 0x7b, 0x40, 0, 0, 0, 0, 0, 0, 0},
		"empty map":            {0, 0xa0},
		"an unknown status":    {0xf3},
		"statement no map":     answer(t, map[int]any{1: "packed", 2: soundAuthData(t, true), 3: 5}),
		"no format":            answer(t, map[int]any{2: soundAuthData(t, true), 3: packed}),
		"data too short":       spoiled(func(d []byte) []byte { return d[:36] }),
		"data ends in AAGUID":  spoiled(func(d []byte) []byte { return d[:45] }),
		"ID longer than data":  spoiled(func(d []byte) []byte { d[53] = 0xff; return d }),
		"empty ID":             spoiled(func(d []byte) []byte { d[54] = 0; return d }),
		"no credential":        spoiled(func(d []byte) []byte { d[32] &^= flagAttested; return d }),
		"another RP":           spoiled(func(d []byte) []byte { d[0] ^= 1; return d }),
		"no user":              spoiled(func(d []byte) []byte { d[32] &^= flagUserPresent; return d }),
		"the key is garbage":   spoiled(func(d []byte) []byte { return append(d[:59], 0xff, 0xff) }),
		"another algorithm":    spoiled(func(d []byte) []byte { d[63] = 0x27; return d }),
		"more than a message":  append([]byte{0}, make([]byte, 7000)...),
		"a success with bytes": {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			path := plugInImpostor(t, impostor{cbor: func(_ context.Context, request []byte, _ func(byte)) []byte {
				if request[0] == getInfoCommand {
					return soundInfo(t)
				}
				return response
			}})
			at := &person{}
			_, err := keysAt(t, path).Create(t.Context(), newParty(t, "").creation(), at)
			wantError(t, err, ceremony.ErrDevice)
			at.expect(t, 0, 0, 0)
		})
	}
}

func TestHostileAssertion(t *testing.T) {
	type object = map[string]any
	cred := object{"id": []byte("cred"), "type": "public-key"}
	spoiled := func(change func([]byte) []byte) []byte {
		return answer(t, map[int]any{1: cred, 2: change(soundAuthData(t, false)), 3: []byte("signature")})
	}
	for name, response := range map[string][]byte{
		"nothing":            {},
		"empty map":          {0, 0xa0},
		"no CBOR":            {0, 0xff},
		"another credential": answer(t, map[int]any{1: object{"id": []byte("mine"), "type": "public-key"}, 2: soundAuthData(t, false), 3: []byte("s")}),
		"data too short":     spoiled(func(d []byte) []byte { return d[:36] }),
		"another RP":         spoiled(func(d []byte) []byte { d[0] ^= 1; return d }),
		"no user":            spoiled(func(d []byte) []byte { d[32] &^= flagUserPresent; return d }),
		"no assertions":      answer(t, map[int]any{1: cred, 2: soundAuthData(t, false), 3: []byte("s"), 5: 0}),
		"2^40 assertions":    answer(t, map[int]any{1: cred, 2: soundAuthData(t, false), 3: []byte("s"), 5: uint64(1) << 40}),
		"long ID":            answer(t, map[int]any{1: object{"id": make([]byte, 1500), "type": "public-key"}, 2: soundAuthData(t, false), 3: []byte("s")}),
	} {
		t.Run(name, func(t *testing.T) {
			path := plugInImpostor(t, impostor{cbor: func(_ context.Context, request []byte, _ func(byte)) []byte {
				if request[0] == getInfoCommand {
					return soundInfo(t)
				}
				return response
			}})
			request := newParty(t, "").request()
			request.Options.AllowCredentials = []ceremony.CredentialDescriptor{{Type: ceremony.CredentialTypePublicKey, ID: ceremony.Bytes("cred")}}
			_, err := keysAt(t, path).Assert(t.Context(), request, &person{})
			wantError(t, err, ceremony.ErrDevice)
		})
	}
}

func TestHostileInfo(t *testing.T) {
	many := make([]string, 800)
	for name, response := range map[string][]byte{
		"no CBOR":    {0, 0xff},
		"giant list": answer(t, map[int]any{1: many}),
		"numbers":    answer(t, map[int]any{1: []string{"FIDO_2_0"}, 3: make([]byte, 16), 5: uint64(1) << 63, 7: uint64(1) << 63, 8: uint64(1) << 63, 13: uint64(1) << 63}),
		"short ID":   answer(t, map[int]any{1: []string{"FIDO_2_0"}, 3: make([]byte, 3)}),
	} {
		t.Run(name, func(t *testing.T) {
			path := plugInImpostor(t, impostor{cbor: func(context.Context, []byte, func(byte)) []byte { return response }})
			k := keysAt(t, path)
			if got := k.Probe(t.Context()); len(got.Devices) > 1 {
				t.Errorf("%+v", got)
			}
			if _, err := k.Inspect(t.Context(), path); err != nil {
				wantError(t, err, ceremony.ErrDevice)
			}
		})
	}
}

// An endless wait must end with the ceremony, whatever the key does.
func TestKeyThatNeverEnds(t *testing.T) {
	for name, status := range map[string]byte{"waits for a touch for ever": 2, "works for ever": 1} {
		t.Run(name, func(t *testing.T) {
			released := make(chan struct{})
			path := plugInImpostor(t, impostor{cbor: func(_ context.Context, request []byte, progress func(byte)) []byte {
				if request[0] == getInfoCommand {
					return soundInfo(t)
				}
				progress(status)
				<-released // whoever cancels
				return nil
			}})
			t.Cleanup(func() { close(released) })
			begin := time.Now()
			request := newParty(t, "").creation(func(o *ceremony.CreationOptions) { o.Timeout = 200 })
			_, err := keysAt(t, path).Create(t.Context(), request, &person{})
			wantError(t, err, ceremony.ErrTimeout)
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestHostileFrames(t *testing.T) {
	for name, frame := range map[string]func(ctaphid.Report) ctaphid.Report{
		"a length that no message has": func(r ctaphid.Report) ctaphid.Report { r[5], r[6] = 0xff, 0xff; return r },
		"another channel":              func(r ctaphid.Report) ctaphid.Report { r[0] ^= 0xff; return r },
		"another command":              func(r ctaphid.Report) ctaphid.Report { r[4] ^= 0x02; return r },
		"busy":                         func(r ctaphid.Report) ctaphid.Report { r[4], r[5], r[6], r[7] = 0xbf, 0, 1, 6; return r },
	} {
		t.Run(name, func(t *testing.T) {
			path := plugInImpostor(t, impostor{frame: frame, cbor: func(context.Context, []byte, func(byte)) []byte { return soundInfo(t) }})
			want := ceremony.ErrDevice
			if name == "busy" {
				want = ceremony.ErrBusy
			}
			request := newParty(t, "").creation(func(o *ceremony.CreationOptions) { o.Timeout = 3000 })
			_, err := keysAt(t, path).Create(t.Context(), request, &person{})
			if errors.Is(err, ceremony.ErrTimeout) && name == "another channel" {
				return // what is not for us is not looked at
			}
			wantError(t, err, want)
		})
	}
}

// The terminal that a virtual key is must not become ours.
func TestOpenTakesNoControllingTerminal(t *testing.T) {
	path := plugInImpostor(t, impostor{cbor: func(context.Context, []byte, func(byte)) []byte { return soundInfo(t) }})
	out := sessionLeader(t, path)
	if out != "no terminal" {
		t.Errorf("a session leader that probes %s has %s", path, out)
	}
}

func TestUnwrap(t *testing.T) {
	wrapped, err := cbor.Marshal([]byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := unwrap(wrapped); err != nil || string(raw) != "data" {
		t.Errorf("%q, %v", raw, err)
	}
	for _, bad := range [][]byte{nil, {0x40, 0}, {0x61, 'a'}, {0x45, 'a'}, {0xff}} {
		if raw, err := unwrap(bad); err == nil {
			t.Errorf("%x unwraps to %x", bad, raw)
		}
	}
}
