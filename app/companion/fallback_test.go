package companion_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
)

// told is a prompter that keeps why factors were left for the next.
type told struct {
	ceremony.Prompter
	why []error
}

func (p *told) FellBack(_ context.Context, failed error) { p.why = append(p.why, failed) }
func (p *told) Touch(context.Context, ceremony.TouchNotice) func() {
	return func() {}
}

// touching is a key that asks for a touch before it answers.
type touching struct{ key }

func (k *touching) Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	prompter.Touch(ctx, ceremony.TouchNotice{})()
	return k.key.Assert(ctx, request, prompter)
}

// TestTheNextFactorFollows: what fails by itself leaves the next factor to be tried, what
// the person decided does not.
func TestTheNextFactorFollows(t *testing.T) {
	for code, follows := range map[ceremony.Code]bool{
		ceremony.CodePINAuthBlocked: true, ceremony.CodePINBlocked: true, ceremony.CodeUVBlocked: true,
		ceremony.CodeNoCredential: true, ceremony.CodeUnsupported: true, ceremony.CodeBusy: true, ceremony.CodeDevice: true,
		ceremony.CodeCanceled: false, ceremony.CodeTimeout: false, ceremony.CodeDenied: false, ceremony.CodePINInvalid: false,
	} {
		chip := &key{kind: ceremony.KindTPM, assertErr: &ceremony.Error{Code: code}}
		next := &touching{key{kind: ceremony.KindSecurityKey}}
		person := &told{}
		_, err := newCompanion(assertParty(), &vault{}, chip, next).SignIn(t.Context(), anna, person)
		if follows != (err == nil) || follows != (next.asserted == 1) {
			t.Errorf("%s: the next was asked %d times: %v", code, next.asserted, err)
		}
		explained := follows && code != ceremony.CodeNoCredential // which nobody has noticed
		if explained != (len(person.why) == 1) {
			t.Errorf("%s: told %v", code, person.why)
		}
		var failed *companion.FactorError
		if explained && (!errors.As(person.why[0], &failed) || failed.Kind != ceremony.KindTPM) {
			t.Errorf("%s: told %v, not of the security chip", code, person.why[0])
		}
	}
}

// TestCancellingTheSystemsDialogueLeavesTheNextKey: there is no other button for it. Where
// there is no next key it is what it looks like.
func TestCancellingTheSystemsDialogueLeavesTheNextKey(t *testing.T) {
	hello, stick := &key{kind: ceremony.KindWindowsHello, assertErr: ceremony.ErrCanceled}, &touching{key{kind: ceremony.KindSecurityKey}}
	c, person := newCompanion(assertParty(), &vault{}, hello, stick), &told{}
	if _, err := c.SignIn(t.Context(), anna, person); err != nil || stick.asserted != 1 || len(person.why) != 0 {
		t.Errorf("the next was asked %d times, told %v: %v", stick.asserted, person.why, err)
	}
	stick.assertErr = ceremony.ErrCanceled
	if _, err := c.SignIn(t.Context(), anna, person); !errors.Is(err, ceremony.ErrCanceled) {
		t.Errorf("cancelled twice: %v", err)
	}
	alone := newCompanion(assertParty(), &vault{}, hello)
	if _, err := alone.SignIn(t.Context(), anna, person); companion.Describe(err).Code != "canceled" {
		t.Errorf("without another: %v", err)
	}
}

// switching is a prompter whose person wants another key as soon as one is asked for.
type switching struct {
	told
	wants int // how often
	next  func()
}

func (p *switching) CanSwitch(useAnother func()) { p.next = useAnother }

func (p *switching) Touch(context.Context, ceremony.TouchNotice) func() {
	if p.wants > 0 {
		p.wants--
		p.next()
		p.next() // more than once
	}
	return func() {}
}

// waiting is a key that waits for a touch until the ceremony ends, but the last time.
type waiting struct{ key }

func (k *waiting) Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	prompter.Touch(ctx, ceremony.TouchNotice{})()
	if ctx.Err() != nil {
		k.asserted++
		return nil, ctx.Err()
	}
	return k.key.Assert(ctx, request, prompter)
}

func TestAPersonMayWantAnotherKey(t *testing.T) {
	chip, stick := &waiting{key{kind: ceremony.KindTPM}}, &waiting{key{kind: ceremony.KindSecurityKey}}
	c := newCompanion(assertParty(), &vault{}, chip, stick)
	person := &switching{wants: 1}
	if _, err := c.SignIn(t.Context(), anna, person); err != nil || chip.asserted != 1 || stick.asserted != 1 || len(person.why) != 0 {
		t.Errorf("the next was asked %d times, told %v: %v", stick.asserted, person.why, err)
	}
	_, err := c.SignIn(t.Context(), anna, &switching{wants: 2})
	if got := companion.Describe(err); got.Code != "use_another" {
		t.Errorf("when none was wanted: %+v: %v", got, err)
	}
	stick.problem = ceremony.ErrNoDevice
	_, err = c.SignIn(t.Context(), anna, &switching{wants: 1})
	if got := companion.Describe(err); got.Code != "no_device" {
		t.Errorf("without another: %+v: %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.SignIn(ctx, anna, &switching{wants: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// asked is a key that keeps what was allowed.
type asked struct {
	key
	allowed [][]byte
}

func (k *asked) Assert(ctx context.Context, request ceremony.AssertRequest, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	for _, descriptor := range request.Options.AllowCredentials {
		k.allowed = append(k.allowed, descriptor.ID)
	}
	return k.key.Assert(ctx, request, prompter)
}

// TestEachFactorIsAskedForItsOwn: a security key need not look for what is built into a
// computer, nor the other way round.
func TestEachFactorIsAskedForItsOwn(t *testing.T) {
	p := assertParty()
	p.signIn.Request.AllowCredentials = []ceremony.CredentialDescriptor{
		{ID: []byte("usb"), Transports: []string{"usb", "nfc"}},
		{ID: []byte("internal"), Transports: []string{"internal"}},
		{ID: []byte("unknown")},
	}
	stick := &asked{key: key{kind: ceremony.KindSecurityKey, assertErr: ceremony.ErrNoCredential}}
	chip := &asked{key: key{kind: ceremony.KindTPM, assertErr: ceremony.ErrNoCredential}}
	c := newCompanion(p, &vault{}, stick, chip)
	if _, err := c.SignIn(t.Context(), anna, nil); !errors.Is(err, ceremony.ErrNoCredential) {
		t.Error(err)
	}
	same := func(a []byte, b string) int { return slices.Compare(a, []byte(b)) }
	if slices.CompareFunc(stick.allowed, []string{"usb", "unknown"}, same) != 0 || slices.CompareFunc(chip.allowed, []string{"internal", "unknown"}, same) != 0 {
		t.Errorf("the key was asked for %q, the chip for %q", stick.allowed, chip.allowed)
	}

	p.signIn.Request.AllowCredentials = p.signIn.Request.AllowCredentials[:1]
	if _, err := newCompanion(p, &vault{}, chip).SignIn(t.Context(), anna, nil); !errors.Is(err, companion.ErrOtherComputer) || chip.asserted != 1 {
		t.Errorf("asked the chip %d times for a security key: %v", chip.asserted, err)
	}
}

func TestSignInWithOneKind(t *testing.T) {
	stick, chip := &key{kind: ceremony.KindSecurityKey}, &key{kind: ceremony.KindTPM}
	request := anna
	only := func(wanted ceremony.Kind) func(ceremony.Kind) bool {
		return func(kind ceremony.Kind) bool { return kind == wanted }
	}
	request.With = only(ceremony.KindTPM)
	if _, err := newCompanion(assertParty(), &vault{}, stick, chip).SignIn(t.Context(), request, nil); err != nil || stick.asserted != 0 || chip.asserted != 1 {
		t.Errorf("asked the key %d times and the chip %d: %v", stick.asserted, chip.asserted, err)
	}
	request.With = only(ceremony.KindTouchID)
	if _, err := newCompanion(assertParty(), &vault{}, stick, chip).SignIn(t.Context(), request, nil); !errors.Is(err, companion.ErrNotHere) {
		t.Errorf("with what is not there: %v", err)
	}
}
