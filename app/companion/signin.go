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

// SignIn checks the password and, where the account has keys, one of them. When
// the session cannot be kept the result is whole and the error wraps ErrNotStored.
func (c *Companion) SignIn(ctx context.Context, username, password string, prompter ceremony.Prompter) (SignedIn, error) {
	begun, err := c.RelyingParty.BeginSignIn(ctx, username, password)
	return c.finishSignIn(ctx, begun, err, prompter)
}

// SignInByThisClock is SignIn for somebody who says that the clock is right now and was
// ahead before. Where that was so it takes a key and ends everybody's sessions.
func (c *Companion) SignInByThisClock(ctx context.Context, username, password string, prompter ceremony.Prompter) (SignedIn, error) {
	begun, err := c.RelyingParty.BeginSignInByThisClock(ctx, username, password)
	return c.finishSignIn(ctx, begun, err, prompter)
}

func (c *Companion) finishSignIn(ctx context.Context, begun verifier.SignIn, err error, prompter ceremony.Prompter) (SignedIn, error) {
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
		response, err := c.assert(ctx, *begun.Request, prompter)
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
	response, err := c.assert(ctx, begun.Request, prompter)
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

// assert signs the challenge with the first authenticator that is ready and has a
// credential for it.
func (c *Companion) assert(ctx context.Context, options ceremony.RequestOptions, prompter ceremony.Prompter) (ceremony.AuthenticationResponse, error) {
	clientData := ceremony.ClientData(ceremony.TypeGet, options.Challenge, options.RPID)
	var failure error
	for _, authenticator := range c.Authenticators {
		if probed := authenticator.Probe(ctx); probed.State != ceremony.StateReady {
			failure = firstError(failure, probed.Problem)
			continue
		}
		asserted, err := authenticator.Assert(ctx, ceremony.AssertRequest{Options: options, ClientDataJSON: clientData}, prompter)
		if err == nil {
			return asserted.Response(clientData), nil
		}
		if !errors.Is(err, ceremony.ErrNoCredential) {
			return ceremony.AuthenticationResponse{}, err
		}
		failure = err // it is there and is not the right one: the better thing to say
	}
	return ceremony.AuthenticationResponse{}, firstError(failure, ceremony.ErrNoDevice)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
