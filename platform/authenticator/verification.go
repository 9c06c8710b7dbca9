package authenticator

import (
	"context"
	"errors"

	"golang.org/x/text/unicode/norm"

	"latchkey/fido/ceremony"
)

// signer signs a digest with a wrapped key, for a user who has been verified.
type signer func(key []byte, digest [32]byte) (signature []byte, err error)

// withPIN signs for who knows a PIN.
func (a *Authenticator) withPIN(ctx context.Context, pin string) signer {
	return func(key []byte, digest [32]byte) ([]byte, error) { return a.chip.Sign(ctx, key, digest, pin) }
}

// verified runs use with the PIN of a credential, asking for it until it is right, the
// chip blocks itself or the person gives up. Where the chip verifies its user by
// itself, the person is told to let it.
func (a *Authenticator) verified(ctx context.Context, prompter ceremony.Prompter, purpose ceremony.Purpose, use func(signer) error) error {
	if a.options.MinPIN == 0 {
		return a.recognized(ctx, prompter, purpose, use)
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
		if ceremony.UnfitPIN(pin, 1) != "" {
			continue // no credential can have it: that costs no try
		}
		if err := use(a.withPIN(ctx, pin)); !errors.Is(err, ceremony.ErrPINInvalid) {
			return err
		}
	}
}

// recognized runs use for whom the chip recognises, who is told when it does not.
func (a *Authenticator) recognized(ctx context.Context, prompter ceremony.Prompter, purpose ceremony.Purpose, use func(signer) error) error {
	notice := ceremony.TouchNotice{Devices: []ceremony.Device{a.device()}, Purpose: purpose}
	done := prompter.Touch(ctx, notice)
	defer func() { done() }()
	recognizer, ok := a.chip.(Recognizer)
	if !ok {
		return use(a.withPIN(ctx, ""))
	}
	return use(func(key []byte, digest [32]byte) ([]byte, error) {
		return recognizer.SignRecognized(ctx, key, digest, func(why string) {
			done()
			notice.Refused = why
			done = prompter.Touch(ctx, notice)
		})
	})
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
		if question.Refused = ceremony.UnfitPIN(pin, question.MinLength); question.Refused == "" {
			return pin, nil
		}
	}
}
