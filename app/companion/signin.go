package companion

import (
	"context"
	"errors"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// SignedIn is what a sign-in led to: a session, or leave to enrol a first key.
type SignedIn struct {
	Account   verifier.Account
	Session   *Held  // nil when a key has to be enrolled first
	Authority string // with Session nil: the grant to pass to Enroll
}

// SignInRequest is what a person brings to a sign-in beside their keys.
type SignInRequest struct {
	Username, Password string

	// With tells which kinds of keys to use; nil takes whichever is at hand, one after the
	// other.
	With func(ceremony.Kind) bool

	// ByThisClock says that the clock is right now and was ahead before. Where that was
	// so it takes a key and ends everybody's sessions.
	ByThisClock bool
}

// SignIn checks the password and, where the account has keys, one of them. When
// the session cannot be kept the result is whole and the error wraps ErrNotStored.
func (c *Companion) SignIn(ctx context.Context, request SignInRequest, prompter ceremony.Prompter) (SignedIn, error) {
	begin := c.RelyingParty.BeginSignIn
	if request.ByThisClock {
		begin = c.RelyingParty.BeginSignInByThisClock
	}
	begun, err := begin(ctx, request.Username, request.Password)
	if err != nil {
		return SignedIn{}, err
	}
	var issued verifier.IssuedSession
	switch begun.Next {
	case verifier.NextEnroll:
		return SignedIn{Account: begun.Account, Authority: begun.Grant}, nil
	case verifier.NextDone:
		issued = *begun.Issued
	default:
		response, err := c.assert(ctx, *begun.Request, request.With, prompter)
		if err != nil {
			return SignedIn{}, err
		}
		issued, err = c.RelyingParty.FinishSignIn(ctx, begun.CeremonyID, response)
		if err != nil {
			return SignedIn{}, err
		}
	}
	held, err := c.keep(ctx, issued)
	return SignedIn{Account: issued.Session.Account, Session: &held}, err
}

// stepUp makes the session fresh again with one of its owner's keys.
func (c *Companion) stepUp(ctx context.Context, token string, prompter ceremony.Prompter) error {
	begun, err := c.RelyingParty.BeginStepUp(ctx, token)
	if err != nil {
		return err
	}
	response, err := c.assert(ctx, begun.Request, nil, prompter)
	if err != nil {
		return err
	}
	_, err = c.RelyingParty.FinishStepUp(ctx, token, begun.CeremonyID, response)
	return err
}

// fresh runs do and, where the relying party wants a fresh assertion for it, asks
// for one and runs it once more.
func (c *Companion) fresh(ctx context.Context, token string, prompter ceremony.Prompter, do func() error) error {
	err := do()
	if !errors.Is(err, verifier.ErrReauthenticate) {
		return err
	}
	if err := c.stepUp(ctx, token, prompter); err != nil {
		return err
	}
	return do()
}
