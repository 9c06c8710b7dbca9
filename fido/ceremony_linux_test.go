//go:build cgo

package fido

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/fido/ceremony"
	"latchkey/fido/virtualkey"
)

const rightPIN = "correct horse"

func TestEnrolAndSignIn(t *testing.T) {
	for name, c := range map[string]struct {
		pin     string
		verify  string
		change  []func(*ceremony.CreationOptions)
		prompts int
	}{
		"without a PIN":          {"", ceremony.VerificationDiscouraged, nil, 0},
		"PIN not set, preferred": {"", ceremony.VerificationPreferred, nil, 0},
		"PIN required":           {rightPIN, ceremony.VerificationRequired, nil, 1},
		"PIN preferred":          {rightPIN, ceremony.VerificationPreferred, nil, 1},
		"protected":              {rightPIN, ceremony.VerificationRequired, []func(*ceremony.CreationOptions){protected}, 1},
		"discoverable":           {rightPIN, ceremony.VerificationRequired, []func(*ceremony.CreationOptions){discoverable}, 1},
		"EdDSA": {rightPIN, ceremony.VerificationRequired, []func(*ceremony.CreationOptions){
			func(o *ceremony.CreationOptions) { slices.Reverse(o.PubKeyCredParams) }}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			key := plugIn(t, virtualkey.Options{PIN: c.pin, Touch: virtualkey.TouchAsk})
			k := keysAt(t, key.Path())
			p := newParty(t, c.verify)
			at := &person{pins: []string{c.pin}, onTouch: touchedBy(key)}
			created := p.enrol(t, k, at, c.change...)
			at.expect(t, c.prompts, 0, 1)
			if !created.Device.Virtual || created.Device.Path != key.Path() || created.Attachment != ceremony.AttachmentCrossPlatform {
				t.Errorf("made by %+v, %s", created.Device, created.Attachment)
			}
			at = &person{pins: []string{c.pin}, onTouch: touchedBy(key)}
			asserted := p.signIn(t, k, at)
			at.expect(t, c.prompts, 0, 1)
			if string(asserted.CredentialID) != string(created.CredentialID) {
				t.Error("signed with another credential")
			}
		})
	}
}

func TestSignInWithoutNamingACredential(t *testing.T) {
	key := plugIn(t, virtualkey.Options{PIN: rightPIN})
	k := keysAt(t, key.Path())
	p := newParty(t, ceremony.VerificationRequired)
	p.enrol(t, k, &person{pins: []string{rightPIN}}, discoverable)

	request := p.request()
	request.Options.AllowCredentials = nil
	asserted, err := k.Assert(t.Context(), request, &person{pins: []string{rightPIN}})
	if err != nil {
		t.Fatal(err)
	}
	if string(asserted.UserHandle) != string(p.WebAuthnID()) {
		t.Errorf("user handle %q", asserted.UserHandle)
	}
	p.accept(t, asserted, request)
}

func TestSetPIN(t *testing.T) {
	key := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	k := keysAt(t, key.Path())
	p := newParty(t, ceremony.VerificationRequired)
	at := &person{newPINs: []string{"123", "caf\u0065\u0301"}, onTouch: touchedBy(key)} // too short; then e and an accent of its own
	p.enrol(t, k, at)
	at.expect(t, 0, 2, 1)
	if at.askedNew[0].MinLength != 4 || at.askedNew[0].Refused != "" || at.askedNew[1].Refused == "" {
		t.Errorf("asked %+v", at.askedNew)
	}
	at = &person{pins: []string{"caf\u00e9"}, onTouch: touchedBy(key)} // the same, composed
	p.signIn(t, k, at)
	at.expect(t, 1, 0, 1)
}

func TestWrongPIN(t *testing.T) {
	key := plugIn(t, virtualkey.Options{PIN: rightPIN, Touch: virtualkey.TouchAsk})
	k := keysAt(t, key.Path())
	p := newParty(t, ceremony.VerificationRequired)

	at := &person{pins: []string{"wrong", "\x00", rightPIN}, onTouch: touchedBy(key)}
	p.enrol(t, k, at)
	at.expect(t, 3, 0, 1)
	if q := at.asked[0]; q.Wrong || q.Retries != 8 || q.Purpose != ceremony.PurposeCreate || !q.Device.Virtual {
		t.Errorf("first asked %+v", q)
	}
	if q := at.asked[1]; !q.Wrong || q.Retries != 7 {
		t.Errorf("then asked %+v", q)
	}
	if q := at.asked[2]; !q.Wrong || q.Retries != 7 {
		t.Errorf("a PIN that no key can have has cost a try: %+v", q)
	}

	at = &person{pins: []string{"wrong"}}
	_, err := k.Assert(t.Context(), p.request(), at)
	wantError(t, err, ceremony.ErrCanceled)
	at.expect(t, 2, 0, 0)
}

func TestPINBlocks(t *testing.T) {
	key := plugIn(t, virtualkey.Options{PIN: rightPIN})
	p := newParty(t, ceremony.VerificationRequired)
	wrong := []string{"wrong", "wrong", "wrong", "wrong", "wrong", "wrong", "wrong", "wrong", "wrong", "wrong"}

	for _, round := range []struct {
		asked int
		want  error
	}{{3, ceremony.ErrPINAuthBlocked}, {3, ceremony.ErrPINAuthBlocked}, {2, ceremony.ErrPINBlocked}, {0, ceremony.ErrPINBlocked}} {
		k := keysAt(t, key.Path())
		at := &person{pins: wrong}
		_, err := k.Create(t.Context(), p.creation(), at)
		wantError(t, err, round.want)
		at.expect(t, round.asked, 0, 0)
		if errors.Is(round.want, ceremony.ErrPINAuthBlocked) {
			at := &person{pins: []string{rightPIN}}
			_, err := k.Create(t.Context(), p.creation(), at)
			wantError(t, err, ceremony.ErrPINAuthBlocked) // the right one does not help before a replug
		}
		if err := key.Replug(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReplugUnblocksPIN(t *testing.T) {
	key := plugIn(t, virtualkey.Options{PIN: rightPIN})
	p := newParty(t, ceremony.VerificationRequired)
	_, err := keysAt(t, key.Path()).Create(t.Context(), p.creation(), &person{pins: []string{"wrong", "wrong", "wrong"}})
	wantError(t, err, ceremony.ErrPINAuthBlocked)
	if err := key.Replug(); err != nil {
		t.Fatal(err)
	}
	at := &person{pins: []string{rightPIN}}
	p.enrol(t, keysAt(t, key.Path()), at)
	if at.asked[0].Retries != 5 {
		t.Errorf("%d retries left after three wrong PINs", at.asked[0].Retries)
	}
}

func TestExcluded(t *testing.T) {
	for name, change := range map[string][]func(*ceremony.CreationOptions){
		"plain": nil, "protected": {protected}, "discoverable": {discoverable, protected},
	} {
		t.Run(name, func(t *testing.T) {
			key := plugIn(t, virtualkey.Options{PIN: rightPIN})
			k := keysAt(t, key.Path())
			p := newParty(t, ceremony.VerificationRequired)
			p.enrol(t, k, &person{pins: []string{rightPIN}}, change...)
			_, err := k.Create(t.Context(), p.creation(), &person{pins: []string{rightPIN}})
			wantError(t, err, ceremony.ErrExcluded)
		})
	}
}

func TestExcludedInAListTooLongForTheKey(t *testing.T) {
	key := plugIn(t, virtualkey.Options{PIN: rightPIN})
	k := keysAt(t, key.Path())
	p := newParty(t, ceremony.VerificationRequired)
	p.enrol(t, k, &person{pins: []string{rightPIN}}, protected)
	request := p.creation(func(o *ceremony.CreationOptions) {
		var others []ceremony.CredentialDescriptor
		for i := range 64 {
			id := slices.Repeat([]byte{byte(i + 1)}, 63)
			others = append(others, ceremony.CredentialDescriptor{Type: ceremony.CredentialTypePublicKey, ID: id})
		}
		o.ExcludeCredentials = append(others, o.ExcludeCredentials...)
	})
	_, err := k.Create(t.Context(), request, &person{pins: []string{rightPIN}})
	wantError(t, err, ceremony.ErrExcluded)

	request.Options.ExcludeCredentials = request.Options.ExcludeCredentials[:64]
	if _, err := k.Create(t.Context(), request, &person{pins: []string{rightPIN}}); err != nil {
		t.Errorf("excluded by credentials of other keys: %v", err)
	}
}

func TestCredentialOfAnotherKey(t *testing.T) {
	for name, verify := range map[string]string{"without PIN": ceremony.VerificationDiscouraged, "with PIN": ceremony.VerificationRequired} {
		t.Run(name, func(t *testing.T) {
			one, other := plugIn(t, virtualkey.Options{PIN: rightPIN}), plugIn(t, virtualkey.Options{PIN: rightPIN})
			p := newParty(t, verify)
			p.enrol(t, keysAt(t, one.Path()), &person{pins: []string{rightPIN}})
			_, err := keysAt(t, other.Path()).Assert(t.Context(), p.request(), &person{pins: []string{rightPIN}})
			wantError(t, err, ceremony.ErrNoCredential)
		})
	}
}

func TestDenied(t *testing.T) {
	key := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	at := &person{onTouch: func(ceremony.TouchNotice) { key.Deny() }}
	_, err := keysAt(t, key.Path()).Create(t.Context(), newParty(t, "").creation(), at)
	wantError(t, err, ceremony.ErrDenied)
	at.expect(t, 0, 0, 1)
}

func TestUnplugWhileTouchIsAwaited(t *testing.T) {
	key := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	unplugged := make(chan error, 1)
	at := &person{onTouch: func(ceremony.TouchNotice) { go func() { unplugged <- key.Unplug() }() }}
	k := keysAt(t, key.Path())
	_, err := k.Create(t.Context(), newParty(t, "").creation(), at)
	wantError(t, err, ceremony.ErrUnplugged)
	at.expect(t, 0, 0, 1)
	if err := <-unplugged; err != nil {
		t.Fatal(err)
	}
	_, err = k.Create(t.Context(), newParty(t, "").creation(), at)
	wantError(t, err, ceremony.ErrNoDevice)
}

func TestCancelWhileTouchIsAwaited(t *testing.T) {
	for name, options := range map[string]virtualkey.Options{"FIDO2": {Touch: virtualkey.TouchAsk}, "U2F": {Touch: virtualkey.TouchAsk, U2FOnly: true}} {
		t.Run(name, func(t *testing.T) {
			key := plugIn(t, options)
			k := keysAt(t, key.Path())
			p := newParty(t, ceremony.VerificationDiscouraged)
			if options.U2FOnly {
				p.importU2F(t, key)
			} else {
				p.enrol(t, k, &person{onTouch: touchedBy(key)})
			}
			ctx, cancel := context.WithCancel(t.Context())
			at := &person{onTouch: func(ceremony.TouchNotice) { cancel() }}
			begin := time.Now()
			_, err := k.Assert(ctx, p.request(), at)
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("ended with %v", err)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("cancelling took %v", took)
			}
			at.expect(t, 0, 0, 1)
			p.signIn(t, k, &person{onTouch: touchedBy(key)}) // at once
		})
	}
}

func TestCanceledBefore(t *testing.T) {
	key := plugIn(t, virtualkey.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	at := &person{}
	_, err := keysAt(t, key.Path()).Create(ctx, newParty(t, "").creation(), at)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("ended with %v", err)
	}
	at.expect(t, 0, 0, 0)
}

func TestTimeout(t *testing.T) {
	key := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchNever})
	at := &person{}
	request := newParty(t, "").creation(func(o *ceremony.CreationOptions) { o.Timeout = 1500 })
	_, err := keysAt(t, key.Path()).Create(t.Context(), request, at)
	wantError(t, err, ceremony.ErrTimeout)
	at.expect(t, 0, 0, 1)
}

// absent is a person who is not there to answer.
type absent struct{ person }

func (*absent) PIN(ctx context.Context, _ ceremony.PINQuestion) (string, error) {
	<-ctx.Done()
	return "", fmt.Errorf("nobody answers: %w", ctx.Err())
}

func TestNobodyGivesThePIN(t *testing.T) {
	key := plugIn(t, virtualkey.Options{PIN: rightPIN})
	request := newParty(t, ceremony.VerificationRequired).creation(func(o *ceremony.CreationOptions) { o.Timeout = 100 })
	_, err := keysAt(t, key.Path()).Create(t.Context(), request, &absent{})
	wantError(t, err, ceremony.ErrTimeout)

	request.Options.Timeout = 0
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = keysAt(t, key.Path()).Create(ctx, request, &absent{})
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ceremony.ErrTimeout) {
		t.Errorf("the caller's deadline ends it with %v", err)
	}
}

func TestTimeoutOfTheKey(t *testing.T) {
	key := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchNever, TouchTimeout: 200 * time.Millisecond})
	_, err := keysAt(t, key.Path()).Create(t.Context(), newParty(t, "").creation(), &person{})
	wantError(t, err, ceremony.ErrTimeout)
}

func TestBusy(t *testing.T) {
	key := plugIn(t, virtualkey.Options{Touch: virtualkey.TouchAsk})
	first, second := keysAt(t, key.Path()), keysAt(t, key.Path())
	waits := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := first.Create(t.Context(), newParty(t, "").creation(), &person{onTouch: func(ceremony.TouchNotice) { close(waits) }})
		done <- err
	}()
	<-waits
	_, err := second.Create(t.Context(), newParty(t, "").creation(), &person{})
	wantError(t, err, ceremony.ErrBusy)
	for name, k := range map[string]*Keys{"ours": first, "another's": second} {
		if got := k.Probe(t.Context()); got.State != ceremony.StateReady || len(got.Devices) != 1 {
			t.Errorf("a key in %s ceremony is not seen: %+v", name, got)
		}
	}
	key.Touch()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestUnsupported(t *testing.T) {
	key := plugIn(t, virtualkey.Options{})
	for name, change := range map[string]func(*ceremony.CreationOptions){
		"algorithm": func(o *ceremony.CreationOptions) {
			o.PubKeyCredParams = []ceremony.CredentialParameter{{Type: ceremony.CredentialTypePublicKey, Alg: ceremony.AlgRS256}}
		},
		"protection": func(o *ceremony.CreationOptions) {
			o.Extensions = &ceremony.CreationExtensions{CredentialProtectionPolicy: "strictly"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := keysAt(t, key.Path()).Create(t.Context(), newParty(t, "").creation(change), &person{})
			wantError(t, err, ceremony.ErrUnsupported)
		})
	}
}

func TestInspect(t *testing.T) {
	key := plugIn(t, virtualkey.Options{PIN: rightPIN})
	info, err := keysAt(t, key.Path()).Inspect(t.Context(), key.Path())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(info.Versions, "FIDO_2_1") || !info.PINSet || info.PINRetries != 8 || info.MinPINLength != 4 ||
		!slices.Contains(info.Algorithms, "ES256") || !slices.Contains(info.Extensions, "credProtect") || info.MaxMsgSize == 0 ||
		!info.Options["rk"] || len(info.PINProtocols) != 2 || info.U2FOnly() || !info.Virtual || info.Name != "Virtual key" || info.ResidentFree <= 0 {
		t.Errorf("%+v", info)
	}
}

func TestModelName(t *testing.T) {
	key := plugIn(t, virtualkey.Options{})
	k := New(Options{Paths: []string{key.Path()}, ModelName: func(aaguid [16]byte) string { return "model " + string(aaguid[:]) }})
	got := k.Probe(t.Context())
	if got.State != ceremony.StateReady || got.Devices[0].Name != "model LatchkeyVirtual!" || got.Devices[0].Transport != ceremony.TransportUSB {
		t.Errorf("%+v", got)
	}
}
