package cli

import (
	"context"
	"fmt"
	"strings"

	"latchkey/app/companion"
	"latchkey/fido/ceremony"
)

// prompter asks at the terminal, or answers from standard input with --pin-stdin.
type prompter struct {
	*run
	given *ceremony.Device // which the PIN from standard input has been given to, nil for none yet
}

func (r *run) prompter() ceremony.Prompter { return &prompter{run: r} }

func (p *prompter) PIN(ctx context.Context, question ceremony.PINQuestion) (string, error) {
	if p.pinStdin {
		return p.fromInput(ctx, question)
	}
	if question.Wrong {
		p.tell("%s", companion.Describe(&companion.FactorError{Kind: question.Device.Kind,
			Err: &ceremony.Error{Code: ceremony.CodePINInvalid, Retries: question.Retries}}))
	}
	return p.askSecret(ctx, "PIN of "+deviceName(question.Device)+": ", "--pin-stdin")
}

// fromInput gives the one PIN of standard input once: guessing again with it would only
// use up the key's tries, and it is not that of another key.
func (p *prompter) fromInput(ctx context.Context, question ceremony.PINQuestion) (string, error) {
	switch {
	case p.given != nil && *p.given != question.Device:
		return "", &ceremony.Error{Code: ceremony.CodePINRequired, Device: question.Device.Name, Retries: -1,
			Fix: "The PIN that was given is that of " + deviceName(*p.given) + ". Say which key to use with --with, or run it in a terminal."}
	case p.given != nil || question.Wrong:
		return "", &ceremony.Error{Code: ceremony.CodePINInvalid, Device: question.Device.Name, Retries: question.Retries}
	}
	p.given = &question.Device
	return p.stdin.line(ctx, "the PIN")
}

func (p *prompter) NewPIN(ctx context.Context, question ceremony.NewPINQuestion) (string, error) {
	if p.pinStdin {
		if question.Refused != "" {
			return "", &ceremony.Error{Code: ceremony.CodePINPolicy, Device: question.Device.Name}
		}
		p.given = &question.Device
		return p.stdin.line(ctx, "the new PIN")
	}
	switch {
	case question.Refused != "":
		p.tell("%s", question.Refused)
	case question.Device.Kind.BuiltIn():
		p.tell("Choose a PIN for signing in with %s. It is for this account on this computer alone.", deviceName(question.Device))
	default:
		p.tell("%s has no PIN yet. Choose one; the key asks for it whenever you sign in.", deviceName(question.Device))
	}
	prompt := fmt.Sprintf("New PIN (at least %d characters): ", question.MinLength)
	return p.typedTwice(ctx, prompt, "The PINs differ.", "--pin-stdin")
}

func (p *prompter) Touch(_ context.Context, notice ceremony.TouchNotice) func() {
	names := make([]string, len(notice.Devices))
	for i, device := range notice.Devices {
		names[i] = deviceName(device)
	}
	who := strings.Join(names, " or ")
	switch {
	case notice.Refused != "":
		p.tell("%s", notice.Refused)
	case notice.Purpose == ceremony.PurposePick:
		p.tell("Touch the key that you want to use: %s.", who)
	case len(notice.Devices) == 1 && notice.Devices[0].Kind == ceremony.KindFingerprint:
		p.tell("Put your finger on the reader now.")
	case len(notice.Devices) == 1 && notice.Devices[0].Kind == ceremony.KindTouchID:
		p.tell("Put your finger on Touch ID now.")
	case len(notice.Devices) == 1 && notice.Devices[0].Kind.BuiltIn():
		p.tell("Answer %s now.", who)
	case len(notice.Devices) == 1 && notice.Devices[0].OwnDialogue:
		p.tell("Use your key now, as the system's own dialogue says.")
	default:
		p.tell("Touch your key now: %s.", who)
	}
	return func() {}
}

// FellBack tells why the next key is asked for.
func (p *prompter) FellBack(_ context.Context, failed error) {
	p.tell("%s Going on with the next of your keys.", companion.Describe(failed).What)
}

func deviceName(device ceremony.Device) string {
	if phrase := companion.BuiltInPhrase(device.Kind); phrase != "" {
		return phrase
	}
	if device.Name != "" {
		return printable(device.Name)
	}
	if device.Path != "" {
		return "the key at " + printable(device.Path)
	}
	return "your key"
}
