package fido

import (
	"context"
	"fmt"

	"golang.org/x/text/unicode/norm"

	"latchkey/fido/ceremony"
)

// dialogue is one ceremony's talk with a person.
type dialogue struct {
	prompter ceremony.Prompter
	purpose  ceremony.Purpose
}

// proof is how a request shows that the user was verified.
type proof struct {
	verify tristate // yes lets the key verify by itself, by fingerprint for example
	pin    string
}

// verified runs request with the proof that the requirement of WebAuthn L3 §5.8.6 and
// the abilities of the key call for. It asks for a PIN where one is needed, until it
// is right, and has one set where the key has none. The error is a failure, a
// *ceremony.Error, the prompter's or ctx's.
func (d dialogue) verified(ctx context.Context, s *session, requirement string, request func(proof) error) error {
	pinSet, pinKnown := s.info.options["clientPin"]
	switch {
	case requirement == ceremony.VerificationDiscouraged:
		err := request(proof{pin: s.pin})
		if pinSet && isFailure(err, errPINRequired) {
			return d.withPIN(ctx, s, request)
		}
		return err
	case s.info.options["uv"]:
		err := request(proof{verify: yes})
		if pinSet && isFailure(err, errUVBlocked, errUVInvalid, errPINRequired, errUnauthorized) {
			return d.withPIN(ctx, s, request) // no key falls back by itself
		}
		return err
	case pinSet:
		return d.withPIN(ctx, s, request)
	case requirement != ceremony.VerificationRequired:
		return request(proof{})
	case pinKnown:
		if err := d.setPIN(ctx, s); err != nil {
			return err
		}
		return d.withPIN(ctx, s, request)
	default:
		return &ceremony.Error{Code: ceremony.CodeUnsupported, Device: s.device.Name, Retries: -1,
			Err: fmt.Errorf("the key can neither check a PIN nor a fingerprint")}
	}
}

// withPIN runs request with the PIN, asking for it until it is right, the key blocks
// itself or the person gives up.
func (d dialogue) withPIN(ctx context.Context, s *session, request func(proof) error) error {
	question := ceremony.PINQuestion{Device: s.device, Purpose: d.purpose}
	for {
		pin := s.pin
		if pin == "" {
			var err error
			if question.Retries, err = s.retries(ctx); err != nil {
				return err
			}
			if question.Retries == 0 {
				return &ceremony.Error{Code: ceremony.CodePINBlocked, Device: s.device.Name}
			}
			if pin, err = d.prompter.PIN(ctx, question); err != nil {
				return err
			}
			pin = norm.NFC.String(pin) // CTAP 2.1 §6.5.1
		}
		if ceremony.UnfitPIN(pin, 1) != "" {
			question.Wrong = true // no key can have it: that costs no try
			continue
		}
		err := request(proof{pin: pin})
		if isFailure(err, errPINInvalid) {
			question.Wrong, s.pin = true, ""
			continue
		}
		if err == nil {
			s.pin = pin
		}
		return err
	}
}

// setPIN asks for a PIN and sets it, until the key takes one.
func (d dialogue) setPIN(ctx context.Context, s *session) error {
	question := ceremony.NewPINQuestion{Device: s.device, MinLength: s.minPINLength()}
	for {
		pin, err := d.prompter.NewPIN(ctx, question)
		if err != nil {
			return err
		}
		pin = norm.NFC.String(pin)
		if question.Refused = ceremony.UnfitPIN(pin, question.MinLength); question.Refused != "" {
			continue
		}
		err = s.silently(ctx, func() error { return s.key.setPIN(pin) })
		if isFailure(err, errPINPolicy) {
			question.Refused = "This key does not allow that PIN. Choose another one."
			continue
		}
		if err == nil {
			s.pin = pin
			s.info.options["clientPin"] = true
		}
		return err
	}
}

// retries returns how many wrong PINs the key still takes, -1 where it does not say.
func (s *session) retries(ctx context.Context) (int, error) {
	retries := -1
	err := s.silently(ctx, func() (err error) {
		retries, err = s.key.pinRetries()
		return err
	})
	if isFailure(err, errInvalidCommand, errPINNotSet) {
		return -1, nil
	}
	return retries, err
}

// minPINLength is what the key asks for, or CTAP 2.1 §6.4's default.
func (s *session) minPINLength() int { return max(s.info.minPINLength, 4) }

// touching does a job for which the key may wait for a touch and shows the person so
// while it does.
func (d dialogue) touching(ctx context.Context, s *session, job func() error) error {
	show := func() func() {
		return d.prompter.Touch(ctx, ceremony.TouchNotice{Devices: []ceremony.Device{s.device}, Purpose: d.purpose})
	}
	return s.run(ctx, untilEnd(ctx), show, job)
}
