package companion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// Enroll makes a credential on a key and registers it. authority is the grant of a
// SignIn that led to no session; "" uses the current session, for which a fresh
// assertion with a key enrolled before is asked for where needed.
//
// name "" names the key after its make. A second key of one name gets a number.
func (c *Companion) Enroll(ctx context.Context, authority, name string, prompter ceremony.Prompter) (verifier.Credential, error) {
	if name != "" { // refuse before asking for anything
		if err := verifier.CheckName(name); err != nil {
			return verifier.Credential{}, err
		}
	}
	if authority == "" {
		held, err := c.Current(ctx)
		if err != nil {
			return verifier.Credential{}, err
		}
		authority = held.token
	}
	authenticator, err := c.ready(ctx, ceremony.KindSecurityKey)
	if err != nil {
		return verifier.Credential{}, err
	}
	var registration verifier.Registration
	err = c.fresh(ctx, authority, prompter, func() (err error) {
		registration, err = c.RelyingParty.BeginRegistration(ctx, authority, verifier.SecurityKey)
		return err
	})
	if err != nil {
		return verifier.Credential{}, err
	}
	options := registration.Options
	clientData := ceremony.ClientData(ceremony.TypeCreate, options.Challenge, options.RP.ID)
	created, err := authenticator.Create(ctx, ceremony.CreateRequest{Options: options, ClientDataJSON: clientData}, prompter)
	if err != nil {
		return verifier.Credential{}, err
	}
	if name == "" {
		name = suggestedName(created.Device.Name)
	}
	credential, err := c.RelyingParty.FinishRegistration(ctx, authority, registration.CeremonyID, created.Response(clientData), name)
	if err != nil {
		return verifier.Credential{}, c.rollBack(ctx, authenticator, created, err)
	}
	return credential, nil
}

// longestName is how many code points the relying party takes for a name.
const longestName = 64

// suggestedName makes a name out of what a key calls itself, which can be anything.
// "" leaves it to the relying party.
func suggestedName(title string) string {
	shown := strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(title, ""))
	runes := []rune(strings.TrimSpace(shown))
	return strings.TrimSpace(string(runes[:min(len(runes), longestName)]))
}

// ready returns the authenticator of a kind, or why it cannot be used.
func (c *Companion) ready(ctx context.Context, kind ceremony.Kind) (Authenticator, error) {
	for _, authenticator := range c.Authenticators {
		probed := authenticator.Probe(ctx)
		switch {
		case probed.Kind != kind:
		case probed.State == ceremony.StateReady:
			return authenticator, nil
		default:
			return nil, firstError(probed.Problem, ceremony.ErrNoDevice)
		}
	}
	return nil, ceremony.ErrUnsupported
}

// rollBack removes a credential that the relying party refused. The refusal is
// what the person reads, also when removing fails.
func (c *Companion) rollBack(ctx context.Context, authenticator Authenticator, created *ceremony.Created, refusal error) error {
	rollbacker, ok := authenticator.(Rollbacker)
	if !ok {
		return refusal
	}
	// The refusal may have come from ctx itself; the orphan has to go all the same.
	if err := rollbacker.Rollback(context.WithoutCancel(ctx), created.CredentialID); err != nil {
		return errors.Join(refusal, fmt.Errorf("removing the unused credential: %w", err))
	}
	return refusal
}
