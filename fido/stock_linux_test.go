//go:build cgo

package fido

import (
	"context"
	"errors"
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/fido/virtualkey"
)

// stockDriver leaves input and output to libfido2, as on systems where we have no
// transport of our own.
type stockDriver struct{ libfido2Driver }

func (d stockDriver) key(path string, touch func()) (key, error) {
	k, err := d.libfido2Driver.key(path, touch)
	if err != nil {
		return nil, err
	}
	h := k.(*handle)
	h.transport.free()
	h.transport = &transport{}
	return h, nil
}

func TestStockTransport(t *testing.T) {
	key := plugIn(t, virtualkey.Options{PIN: rightPIN, Touch: virtualkey.TouchAsk})
	k := newKeys(Options{Paths: []string{key.Path()}}, stockDriver{}, thisSystem())
	p := newParty(t, ceremony.VerificationRequired)
	at := &person{pins: []string{"wrong", rightPIN}}
	at.onTouch = func(ceremony.TouchNotice) {
		if len(at.asked) == 2 { // the notice for the wrong PIN comes before the key has looked at it
			key.Touch()
		}
	}
	p.enrol(t, k, at)
	at = &person{pins: []string{rightPIN}, onTouch: touchedBy(key)}
	p.signIn(t, k, at)
	at.expect(t, 1, 0, 1)

	ctx, cancel := context.WithCancel(t.Context())
	at = &person{pins: []string{rightPIN}, onTouch: func(ceremony.TouchNotice) { cancel() }}
	if _, err := k.Assert(ctx, p.request(), at); !errors.Is(err, context.Canceled) {
		t.Fatalf("ended with %v", err)
	}
	p.signIn(t, k, &person{pins: []string{rightPIN}, onTouch: touchedBy(key)})

	unplugged := make(chan error, 1)
	at = &person{pins: []string{rightPIN}, onTouch: func(ceremony.TouchNotice) { go func() { unplugged <- key.Unplug() }() }}
	_, err := k.Assert(t.Context(), p.request(), at)
	wantError(t, err, ceremony.ErrUnplugged)
	if err := <-unplugged; err != nil {
		t.Fatal(err)
	}
}
