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
	given bool // the PIN from standard input has been used
}

func (r *run) prompter() ceremony.Prompter { return &prompter{run: r} }

func (p *prompter) PIN(ctx context.Context, question ceremony.PINQuestion) (string, error) {
	if p.pinStdin {
		return p.fromInput(ctx, question)
	}
	if question.Wrong {
		message := companion.Describe(&ceremony.Error{Code: ceremony.CodePINInvalid, Retries: question.Retries})
		p.tell("%s", message)
	}
	return p.askSecret(ctx, "PIN of "+deviceName(question.Device)+": ", "--pin-stdin")
}

// fromInput gives the one PIN of standard input once: guessing again with it would
// only use up the key's tries.
func (p *prompter) fromInput(ctx context.Context, question ceremony.PINQuestion) (string, error) {
	if question.Wrong || p.given {
		return "", &ceremony.Error{Code: ceremony.CodePINInvalid, Device: question.Device.Name, Retries: question.Retries}
	}
	p.given = true
	return p.stdin.line(ctx, "the PIN")
}

func (p *prompter) NewPIN(ctx context.Context, question ceremony.NewPINQuestion) (string, error) {
	if p.pinStdin {
		if question.Refused != "" || p.given {
			return "", &ceremony.Error{Code: ceremony.CodePINPolicy, Device: question.Device.Name}
		}
		p.given = true
		return p.stdin.line(ctx, "the new PIN")
	}
	if question.Refused != "" {
		p.tell("%s", question.Refused)
	} else {
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
	if notice.Purpose == ceremony.PurposePick {
		p.tell("Touch the key that you want to use: %s.", strings.Join(names, " or "))
	} else {
		p.tell("Touch your key now: %s.", strings.Join(names, " or "))
	}
	return func() {}
}

func deviceName(device ceremony.Device) string {
	if device.Name != "" {
		return printable(device.Name)
	}
	if device.Path != "" {
		return "the key at " + printable(device.Path)
	}
	return "your key"
}
