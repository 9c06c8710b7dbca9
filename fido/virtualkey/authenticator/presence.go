package authenticator

import (
	"context"
	"errors"
)

// ErrDenied is what a [Presence] returns if the person refuses.
var ErrDenied = errors.New("the person refused")

// Presence is the person at the key.
type Presence interface {
	// Wait returns nil once the person touches the key for what the prompt says, an error that wraps [ErrDenied] if they
	// refuse, and ctx's error when ctx ends.
	Wait(ctx context.Context, prompt Prompt) error
}

// Prompt says what a touch is wanted for. RPID is empty where no relying party is concerned, and for U2F, which only knows its hash.
type Prompt struct {
	Action Action
	RPID   string
}

// Action is what a touch consents to.
type Action string

// The actions that want a touch.
const (
	ActionRegister Action = "register"
	ActionSignIn   Action = "sign in"
	ActionSelect   Action = "select this key"
	ActionReset    Action = "reset this key"
)

// toucher waits for a touch and returns the status to answer with if there is none.
type toucher func(ctx context.Context, prompt Prompt) error

// toucher returns one that tells progress while the key waits.
func (a *Authenticator) toucher(progress func(Progress)) toucher {
	if progress == nil {
		progress = func(Progress) {}
	}
	return func(ctx context.Context, prompt Prompt) error {
		progress(TouchNeeded)
		defer progress(Processing)
		limited, cancel := context.WithTimeout(ctx, a.options.TouchTimeout)
		defer cancel()
		err := a.options.Presence.Wait(limited, prompt)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrDenied):
			return StatusOperationDenied
		case ctx.Err() != nil:
			return StatusKeepAliveCancel
		case limited.Err() != nil:
			return StatusUserActionTimeout
		default:
			return err
		}
	}
}

// selection lets the person pick this key among several (authenticatorSelection, CTAP 2.1 §6.9).
func (a *Authenticator) selection(ctx context.Context, params []byte, touch toucher) error {
	if err := noParameters(params); err != nil {
		return err
	}
	return touch(ctx, Prompt{Action: ActionSelect})
}

// reset returns the key to its factory state (authenticatorReset, CTAP 2.1 §6.6).
func (a *Authenticator) reset(ctx context.Context, params []byte, touch toucher) error {
	if err := noParameters(params); err != nil {
		return err
	}
	if a.options.Now().Sub(a.powered) > a.options.ResetWindow {
		return StatusNotAllowed
	}
	if err := touch(ctx, Prompt{Action: ActionReset}); err != nil {
		return err
	}
	if err := a.update(func(s *State) { *s = newState() }); err != nil {
		return err
	}
	return a.powerUp()
}
