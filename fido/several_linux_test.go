//go:build cgo

package fido

import (
	"slices"
	"testing"

	"latchkey/fido/ceremony"
	"latchkey/fido/virtualkey"
)

func TestSignInUsesTheKeyThatHasTheCredential(t *testing.T) {
	for name, change := range map[string][]func(*ceremony.CreationOptions){"plain": nil, "protected": {protected}} {
		t.Run(name, func(t *testing.T) {
			one := plugIn(t, virtualkey.Options{PIN: rightPIN, Touch: virtualkey.TouchAsk})
			other := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk}) // hides nothing: it has no PIN
			p := newParty(t, ceremony.VerificationRequired)
			p.enrol(t, keysAt(t, one.Path()), &person{pins: []string{rightPIN}, onTouch: touchedBy(one)}, change...)

			at := &person{pins: []string{rightPIN}, onTouch: touchedBy(one)}
			asserted := p.signIn(t, keysAt(t, other.Path(), one.Path()), at)
			at.expect(t, 1, 0, 1)
			if asserted.Device.Path != one.Path() {
				t.Errorf("signed with %s", asserted.Device.Path)
			}
		})
	}
}

func TestSignInAsksForATouchWhereSeveralKeysWouldDo(t *testing.T) {
	one := plugIn(t, virtualkey.Options{PIN: rightPIN, Touch: virtualkey.TouchAsk})
	other := plugIn(t, virtualkey.Options{PIN: rightPIN, Touch: virtualkey.TouchAsk})
	p := newParty(t, ceremony.VerificationRequired)
	p.enrol(t, keysAt(t, one.Path()), &person{pins: []string{rightPIN}, onTouch: touchedBy(one)})
	p.enrol(t, keysAt(t, other.Path()), &person{pins: []string{rightPIN}, onTouch: touchedBy(other)})

	at := &person{pins: []string{rightPIN}, onTouch: touchedBy(other)}
	asserted := p.signIn(t, keysAt(t, one.Path(), other.Path()), at)
	at.expect(t, 1, 0, 2)
	if at.notices[0].Purpose != ceremony.PurposePick || at.notices[1].Purpose != ceremony.PurposeAssert {
		t.Errorf("asked for %v", at.notices)
	}
	if asserted.Device.Path != other.Path() {
		t.Errorf("signed with %s", asserted.Device.Path)
	}
}

func TestEnrolTheKeyThatIsTouched(t *testing.T) {
	one := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	other := plugIn(t, virtualkey.Options{PIN: rightPIN, Touch: virtualkey.TouchAsk})
	both := []string{one.Path(), other.Path()}
	slices.Sort(both)
	p := newParty(t, ceremony.VerificationPreferred)

	at := &person{pins: []string{rightPIN}, onTouch: touchedBy(other)}
	created := p.enrol(t, keysAt(t, both...), at)
	at.expect(t, 1, 0, 2)
	if created.Device.Path != other.Path() || !slices.Equal(paths(at.notices[0]), both) {
		t.Errorf("enrolled %s after %v", created.Device.Path, at.notices)
	}
	if one.Waiting() {
		t.Error("the key that was not picked still waits")
	}
	p.enrol(t, keysAt(t, one.Path()), &person{onTouch: touchedBy(one)}) // and is of use at once
}

func TestPickCanBeCanceled(t *testing.T) {
	one, other := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk}), plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	k := keysAt(t, one.Path(), other.Path())
	at := &person{}
	request := newParty(t, "").creation(func(o *ceremony.CreationOptions) { o.Timeout = 1500 })
	_, err := k.Create(t.Context(), request, at)
	wantError(t, err, ceremony.ErrTimeout)
	at.expect(t, 0, 0, 1)
	if one.Waiting() || other.Waiting() {
		t.Error("a key still waits")
	}
}

func TestUnplugWhilePicking(t *testing.T) {
	one, other := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk}), plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	p := newParty(t, "")
	unplugged := make(chan error, 1)
	at := &person{onTouch: func(notice ceremony.TouchNotice) {
		if notice.Purpose == ceremony.PurposePick {
			go func() { unplugged <- one.Unplug(); other.Touch() }()
			return
		}
		other.Touch()
	}}
	created := p.enrol(t, keysAt(t, one.Path(), other.Path()), at)
	if err := <-unplugged; err != nil {
		t.Fatal(err)
	}
	if created.Device.Path != other.Path() {
		t.Errorf("enrolled %s", created.Device.Path)
	}
}

func TestUnpluggedKeyBesideAnother(t *testing.T) {
	one, other := plugIn(t, virtualkey.Options{}), plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	k := New(Options{Paths: []string{one.Path(), other.Path()}, Discover: true})
	if err := one.Unplug(); err != nil {
		t.Fatal(err)
	}
	p := newParty(t, "")
	at := &person{onTouch: touchedBy(other)}
	if created := p.enrol(t, k, at); created.Device.Path != other.Path() {
		t.Errorf("enrolled %s", created.Device.Path)
	}
	at.expect(t, 0, 0, 1)
}

func TestPickBetweenU2FAndFIDO2(t *testing.T) {
	for name, useOld := range map[string]bool{"the U2F key": true, "the FIDO2 key": false} {
		t.Run(name, func(t *testing.T) {
			old := plugIn(t, virtualkey.Options{U2FOnly: true, Touch: virtualkey.TouchAsk})
			modern := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
			p := newParty(t, ceremony.VerificationDiscouraged)
			p.enrol(t, keysAt(t, modern.Path()), &person{onTouch: touchedBy(modern)})
			p.importU2F(t, old)
			chosen := modern
			if useOld {
				chosen = old
			}
			at := &person{onTouch: touchedBy(chosen)}
			asserted := p.signIn(t, keysAt(t, old.Path(), modern.Path()), at)
			if asserted.Device.Path != chosen.Path() {
				t.Errorf("signed with %s", asserted.Device.Path)
			}
			at.expect(t, 0, 0, 2)
		})
	}
}
