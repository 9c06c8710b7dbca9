package companion

import (
	"context"
	"errors"
	"slices"

	"latchkey/fido/ceremony"
)

// ErrUseAnother is how a factor ends that a person does not want to use: the next of
// theirs follows.
var ErrUseAnother = errors.New("another key is wanted")

// Switcher is a Prompter that lets the person go on with another of their keys while one
// is asked for. Before each it is given the way to do so, which may be called from any
// goroutine, at any time and more than once.
type Switcher interface {
	CanSwitch(useAnother func())
}

// FallbackTeller is a Prompter that also tells the person why the next factor is asked
// for. failed wraps a *FactorError.
type FallbackTeller interface {
	FellBack(ctx context.Context, failed error)
}

// assert signs the challenge with the first authenticator that has a credential for it
// and can be used. Where one cannot, the next is tried by itself: a locked security
// chip or a forgotten PIN is no reason to be locked out while a key is at hand. with nil
// means any kind.
func (c *Companion) assert(ctx context.Context, options ceremony.RequestOptions, with func(ceremony.Kind) bool, prompter ceremony.Prompter) (ceremony.AuthenticationResponse, error) {
	clientData := ceremony.ClientData(ceremony.TypeGet, options.Challenge, options.RPID)
	none := error(ErrNotHere) // what is to be said where nothing was even tried
	var failure *FactorError  // the most telling one
	var untold error          // why an authenticator that the person has used is left for the next
	for _, authenticator := range c.Authenticators {
		kind := authenticator.Kind()
		if with != nil && !with(kind) {
			continue
		}
		narrowed, fits := narrow(options, kind)
		if !fits {
			none = ErrOtherComputer
			continue
		}
		asserted, err := useFactor(ctx, authenticator, ceremony.AssertRequest{Options: narrowed, ClientDataJSON: clientData},
			&explaining{Prompter: prompter, why: untold})
		if err == nil {
			return asserted.Response(clientData), nil
		}
		failed := &FactorError{kind, err}
		if !fallsBack(kind, err) || ctx.Err() != nil {
			return ceremony.AuthenticationResponse{}, failed
		}
		if failure == nil || telling(failed) > telling(failure) {
			failure = failed
		}
		if telling(failed) == broken && !errors.Is(err, ceremony.ErrCanceled) {
			untold = failed
		}
	}
	if failure != nil {
		return ceremony.AuthenticationResponse{}, failure
	}
	return ceremony.AuthenticationResponse{}, none
}

// useFactor asserts with one authenticator, until the person wants another one.
func useFactor(ctx context.Context, authenticator Authenticator, request ceremony.AssertRequest, prompter *explaining) (*ceremony.Asserted, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	if switcher, ok := prompter.Prompter.(Switcher); ok {
		switcher.CanSwitch(func() { end(ErrUseAnother) })
	}
	asserted, err := authenticator.Assert(ctx, request, prompter)
	if err != nil && errors.Is(context.Cause(ctx), ErrUseAnother) {
		return nil, ErrUseAnother
	}
	return asserted, err
}

// narrow leaves those of the allowed credentials that an authenticator of a kind can
// have, by the transports that were reported when they were made (WebAuthn L3 §5.8.3).
// Where none is left it need not be asked.
func narrow(options ceremony.RequestOptions, kind ceremony.Kind) (ceremony.RequestOptions, bool) {
	if len(options.AllowCredentials) == 0 {
		return options, true // whoever has a discoverable one
	}
	options.AllowCredentials = slices.DeleteFunc(slices.Clone(options.AllowCredentials), func(d ceremony.CredentialDescriptor) bool {
		return len(d.Transports) > 0 && !slices.ContainsFunc(d.Transports, func(transport string) bool {
			return (transport == ceremony.TransportInternal) == kind.BuiltIn()
		})
	})
	return options, len(options.AllowCredentials) > 0
}

// fallsBack tells whether what an authenticator of a kind failed with leaves the next one
// to be tried. A person who gave up is asked nothing more, but where the system asked by
// a dialogue of its own: there, cancelling is the one way to say that it shall be another.
func fallsBack(kind ceremony.Kind, err error) bool {
	if errors.Is(err, ErrUseAnother) {
		return true
	}
	var failed *ceremony.Error
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Code {
	case ceremony.CodeCanceled:
		return kind == ceremony.KindWindowsHello || kind == ceremony.KindTouchID
	case ceremony.CodeTimeout, ceremony.CodeDenied, ceremony.CodePINInvalid, ceremony.CodePINRequired:
		return false
	default:
		return true
	}
}

// The ranks of failures.
const (
	noneHere   = iota // what is built in has no credential of this account
	anotherOne        // the person wants to use another
	notThere          // no key is plugged in
	wrongKey          // another key is plugged in
	broken            // there is one, and it cannot be used
)

// telling ranks failures by how much a person can do with them.
func telling(failed *FactorError) int {
	switch {
	case errors.Is(failed, ceremony.ErrNoCredential) && failed.Kind.BuiltIn():
		return noneHere
	case errors.Is(failed, ErrUseAnother):
		return anotherOne
	case errors.Is(failed, ceremony.ErrNoDevice) && !failed.Kind.BuiltIn():
		return notThere
	case errors.Is(failed, ceremony.ErrNoCredential):
		return wrongKey
	default:
		return broken
	}
}

// explaining tells why the factor before was left, if there is anything to tell, once the
// next has a question to ask: an authenticator without a credential asks nothing.
type explaining struct {
	ceremony.Prompter
	why error
}

func (e *explaining) explain(ctx context.Context) {
	if teller, ok := e.Prompter.(FallbackTeller); ok && e.why != nil {
		teller.FellBack(ctx, e.why)
	}
	e.why = nil
}

func (e *explaining) PIN(ctx context.Context, question ceremony.PINQuestion) (string, error) {
	e.explain(ctx)
	return e.Prompter.PIN(ctx, question)
}

func (e *explaining) NewPIN(ctx context.Context, question ceremony.NewPINQuestion) (string, error) {
	e.explain(ctx)
	return e.Prompter.NewPIN(ctx, question)
}

func (e *explaining) Touch(ctx context.Context, notice ceremony.TouchNotice) func() {
	e.explain(ctx)
	return e.Prompter.Touch(ctx, notice)
}
