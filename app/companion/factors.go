package companion

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"latchkey/fido/ceremony"
	"latchkey/verifier"
)

// FactorError tells on which kind of authenticator a ceremony failed. What a person
// reads differs: a key is unplugged, a computer is not.
type FactorError struct {
	Kind ceremony.Kind
	Err  error
}

func (e *FactorError) Error() string { return string(e.Kind) + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FactorError) Unwrap() error { return e.Err }

// Offers tells what can be enrolled on this computer, and of the rest why it cannot:
// one answer for each kind, in the order in which sign-in tries them. What policy rules
// out is not ready either.
func (c *Companion) Offers(ctx context.Context) []ceremony.Availability {
	offers := make([]ceremony.Availability, len(c.Authenticators))
	for i, authenticator := range c.Authenticators {
		offers[i] = c.offer(ctx, authenticator)
	}
	return offers
}

// offer probes an authenticator that the organisation's policy wants. The relying party
// judges by itself in the end; this is for telling nobody to set up what would be
// refused, and asking nobody for a finger in vain.
func (c *Companion) offer(ctx context.Context, authenticator Authenticator) ceremony.Availability {
	kind := authenticator.Kind()
	if err := c.allowed(ctx, kind); err != nil {
		return ceremony.Availability{Kind: kind, State: ceremony.StateUnsupported, Problem: &FactorError{kind, err}}
	}
	offer := authenticator.Probe(ctx)
	if offer.State != ceremony.StateReady {
		offer.Problem = &FactorError{kind, firstError(offer.Problem, ceremony.ErrNoDevice)}
	}
	return offer
}

func (c *Companion) allowed(ctx context.Context, kind ceremony.Kind) error {
	if kind != ceremony.KindFingerprint {
		return nil
	}
	organization, err := c.RelyingParty.Organization(ctx)
	switch {
	case errors.Is(err, verifier.ErrNoOrganization): // which may allow it yet
		return nil
	case err == nil && !organization.FingerprintAllowed:
		return verifier.ErrFingerprint
	default:
		return err
	}
}

// ThisComputer picks, among offers, what is built into this computer: what is ready, or
// else what the least has to be done for; of two alike the one whose own chip verifies
// the person, and not the operating system. False where nothing can be built in.
func ThisComputer(offers []ceremony.Availability) (ceremony.Availability, bool) {
	order := []ceremony.State{
		ceremony.StateReady, ceremony.StateNotSetUp, ceremony.StateNoAccess, ceremony.StateAbsent, ceremony.StateUnsupported,
	}
	builtIn := slices.DeleteFunc(slices.Clone(offers), func(o ceremony.Availability) bool { return !o.Kind.BuiltIn() })
	if len(builtIn) == 0 {
		return ceremony.Availability{}, false
	}
	return slices.MinFunc(builtIn, func(a, b ceremony.Availability) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State)),
			cmp.Compare(bySystem(a.Kind), bySystem(b.Kind)))
	}), true
}

// bySystem is 1 where the operating system verifies the person, and else 0.
func bySystem(kind ceremony.Kind) int {
	if kind == ceremony.KindFingerprint {
		return 1
	}
	return 0
}

// ready returns the authenticator of a kind, or why it cannot be used.
func (c *Companion) ready(ctx context.Context, kind ceremony.Kind) (Authenticator, error) {
	for _, authenticator := range c.Authenticators {
		if authenticator.Kind() != kind {
			continue
		}
		if offer := c.offer(ctx, authenticator); offer.Problem != nil {
			return nil, offer.Problem
		}
		return authenticator, nil
	}
	return nil, &FactorError{kind, ErrNotHere}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
