package main

import (
	"context"
	"errors"
	"fmt"

	"latchkey/app/companion"
	"latchkey/app/wire"
	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// replay signs in as an attacker would who has recorded a good response: the first
// use is the honest one, the second is refused. The commands offer no way to send a
// response by hand, so it goes to the verifier on the same database.
func replay(ctx context.Context, s *stage) (err error) {
	s.note("-- a response that was recorded and is sent again")
	latchkey, closeAll, err := wire.Open(wire.Settings{Devices: []string{s.keyPath}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()

	begun, err := latchkey.RelyingParty.BeginSignIn(ctx, username, password)
	if err != nil {
		return err
	}
	if begun.Next != verifier.NextAssert {
		return fmt.Errorf("the password led to %q", begun.Next)
	}
	clientData := ceremony.ClientData(ceremony.TypeGet, begun.Request.Challenge, begun.Request.RPID)
	asserted, err := latchkey.Authenticators[0].Assert(ctx, ceremony.AssertRequest{Options: *begun.Request, ClientDataJSON: clientData}, fixedPIN{})
	if err != nil {
		return err
	}
	response := asserted.Response(clientData)
	if _, err := latchkey.RelyingParty.FinishSignIn(ctx, begun.CeremonyID, response); err != nil {
		return fmt.Errorf("the honest response: %w", err)
	}
	s.ok("The honest response signs in.")
	_, err = latchkey.RelyingParty.FinishSignIn(ctx, begun.CeremonyID, response)
	if !errors.Is(err, verifier.ErrChallengeUsed) {
		return fmt.Errorf("the replayed response was not refused as it has to be: %w", err)
	}
	s.note("  %s", companion.Describe(err))
	s.ok("The same response again is refused.")
	return nil
}

// fixedPIN answers with the demo's PIN.
type fixedPIN struct{}

func (fixedPIN) PIN(_ context.Context, question ceremony.PINQuestion) (string, error) {
	if question.Wrong {
		return "", &ceremony.Error{Code: ceremony.CodePINInvalid, Retries: question.Retries}
	}
	return pin, nil
}

func (fixedPIN) NewPIN(context.Context, ceremony.NewPINQuestion) (string, error) {
	return "", ceremony.ErrPINPolicy
}

func (fixedPIN) Touch(context.Context, ceremony.TouchNotice) func() { return func() {} }
