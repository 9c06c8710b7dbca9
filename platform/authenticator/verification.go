package authenticator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"latchkey/fido/ceremony"
)

// verified runs sign with the PIN of a credential, asking for it until it is right,
// the chip blocks itself or the person gives up. Where the chip verifies its user by
// itself, the person is told to let it.
func (a *Authenticator) verified(ctx context.Context, prompter ceremony.Prompter, purpose ceremony.Purpose, sign func(pin string) error) error {
	if a.options.MinPIN == 0 {
		done := prompter.Touch(ctx, ceremony.TouchNotice{Devices: []ceremony.Device{a.device()}, Purpose: purpose})
		defer done()
		return sign("")
	}
	question := ceremony.PINQuestion{Device: a.device(), Purpose: purpose}
	for {
		var err error
		if question.Retries, err = a.retries(ctx); err != nil {
			return err
		}
		pin, err := prompter.PIN(ctx, question)
		if err != nil {
			return err
		}
		pin = norm.NFC.String(pin)
		question.Wrong = true
		if unfitPIN(pin, 1) != "" {
			continue // no credential can have it: that costs no try
		}
		if err := sign(pin); !errors.Is(err, ceremony.ErrPINInvalid) {
			return err
		}
	}
}

// retries returns how many wrong PINs the chip still takes, -1 where it does not say.
func (a *Authenticator) retries(ctx context.Context) (int, error) {
	counter, ok := a.chip.(PINCounter)
	if !ok {
		return -1, nil
	}
	return counter.PINRetries(ctx)
}

// newPIN has the person choose the PIN of a new credential, "" where none is needed.
//
// The PIN belongs to the credential, because it is the auth value of its key: who
// shares a computer, or has two accounts, shares no PIN, and a forgotten one costs one
// enrolment.
func (a *Authenticator) newPIN(ctx context.Context, prompter ceremony.Prompter) (string, error) {
	if a.options.MinPIN == 0 {
		return "", nil
	}
	question := ceremony.NewPINQuestion{Device: a.device(), MinLength: a.options.MinPIN}
	for {
		pin, err := prompter.NewPIN(ctx, question)
		if err != nil {
			return "", err
		}
		pin = norm.NFC.String(pin)
		if question.Refused = unfitPIN(pin, question.MinLength); question.Refused == "" {
			return pin, nil
		}
	}
}

// maxPINSize is the longest PIN in bytes: that of security keys, CTAP 2.1 §6.5.1, so
// that one rule holds for all.
const maxPINSize = 63

// unfitPIN says why no credential can have pin, "" where one can.
func unfitPIN(pin string, minLength int) string {
	switch {
	case utf8.RuneCountInString(pin) < minLength:
		return fmt.Sprintf("The PIN needs at least %d characters.", minLength)
	case len(pin) > maxPINSize:
		return fmt.Sprintf("The PIN is too long: at most %d plain characters fit.", maxPINSize)
	case !utf8.ValidString(pin) || strings.ContainsRune(pin, 0):
		return "The PIN has a character that cannot be used."
	default:
		return ""
	}
}
