// Package authenticator is the core of a software security key: the authenticator API of CTAP 2.1 and the raw messages
// of U2F (CTAP1), free of any transport.
//
// A command is bytes in and bytes out ([Authenticator.Handle], [Authenticator.HandleU2F]). What a key remembers without
// power lives behind [Store], and the person who touches it behind [Presence]. An [Authenticator] is one time under power:
// unplugging a key is dropping its Authenticator, plugging it in is calling [New] on the same store.
package authenticator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// maxMessageSize is the longest CTAP2 request and response in bytes, without the transport's framing (CTAP 2.1 §6.4, maxMsgSize).
const maxMessageSize = 1200

// Command bytes of the authenticator API (CTAP 2.1 §6).
const (
	cmdMakeCredential       = 0x01
	cmdGetAssertion         = 0x02
	cmdGetInfo              = 0x04
	cmdClientPIN            = 0x06
	cmdReset                = 0x07
	cmdGetNextAssertion     = 0x08
	cmdCredentialManagement = 0x0A
	cmdSelection            = 0x0B

	// The number credential management had before CTAP 2.1; libfido2 up to 1.14 knows no other.
	cmdCredentialManagementPreview = 0x41
)

// Progress is the state that a transport reports while a command runs (CTAPHID_KEEPALIVE, CTAP 2.1 §11.2.9.1.7).
type Progress byte

// The states of a running command.
const (
	Processing  Progress = 1
	TouchNeeded Progress = 2
)

// Options are what a key is made of. Store and Presence are required.
type Options struct {
	Store    Store
	Presence Presence
	// AAGUID names the model (WebAuthn L3 §6.5.2).
	AAGUID [16]byte
	// TouchTimeout is how long a command waits for a touch; zero means 30 s, the most that CTAP lets a platform expect.
	TouchTimeout time.Duration
	// ResetWindow is how long after power-up a reset is allowed; zero means 10 s (CTAP 2.1 §6.6).
	ResetWindow time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log hears of failures that the platform only sees as CTAP1_ERR_OTHER; nil means nobody does.
	Log *slog.Logger
}

// Authenticator is a key under power. It handles one command at a time; its methods may be called from any goroutine.
type Authenticator struct {
	options Options
	powered time.Time

	mu         sync.Mutex
	state      State
	protocols  map[uint]*pinProtocol
	token      tokenState
	mismatches int           // wrong PINs in a row since power-up
	assertions *assertionRun // what getNextAssertion goes on with
	listing    listing       // what the enumerations of credential management go on with
}

// New powers up the key whose state is in the store, and stores a fresh state if there is none. It returns the store's
// error if the state cannot be used.
func New(options Options) (*Authenticator, error) {
	if options.TouchTimeout == 0 {
		options.TouchTimeout = 30 * time.Second
	}
	if options.ResetWindow == 0 {
		options.ResetWindow = 10 * time.Second
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	a := &Authenticator{options: options, powered: options.Now()}
	state, ok, err := options.Store.Load()
	if err != nil {
		return nil, err
	}
	if !ok {
		state = newState()
		if err := options.Store.Save(state); err != nil {
			return nil, err
		}
	}
	if err := state.Validate(); err != nil {
		return nil, fmt.Errorf("the state of the key cannot be used: %w", err)
	}
	a.state = state
	if err := a.powerUp(); err != nil {
		return nil, err
	}
	return a, nil
}

// powerUp makes fresh what the key keeps only under power.
func (a *Authenticator) powerUp() error {
	one, err := newPINProtocol(protocolOne{})
	if err != nil {
		return err
	}
	two, err := newPINProtocol(protocolTwo{})
	if err != nil {
		return err
	}
	a.protocols = map[uint]*pinProtocol{1: one, 2: two}
	a.token, a.mismatches, a.assertions, a.listing = tokenState{}, 0, nil, listing{}
	return nil
}

// Handle runs the CTAP2 command in request (a command byte and its CBOR parameters) and returns the response: a [Status]
// byte and, where the command has any, CBOR. Cancelling ctx ends a wait for a touch with [StatusKeepAliveCancel]. Each
// change of state is passed to progress, which may be nil. No input makes it panic or fail otherwise than by a status.
func (a *Authenticator) Handle(ctx context.Context, request []byte, progress func(Progress)) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	response, err := a.dispatch(ctx, request, a.toucher(progress))
	if err != nil {
		return []byte{byte(a.status(err))}
	}
	return append([]byte{byte(StatusOK)}, response...)
}

// dispatch runs the command and returns its encoded response, nil if it has none.
func (a *Authenticator) dispatch(ctx context.Context, request []byte, touch toucher) ([]byte, error) {
	if len(request) == 0 {
		return nil, StatusInvalidLength
	}
	if len(request) > maxMessageSize {
		return nil, StatusRequestTooLarge
	}
	command, params := request[0], request[1:]
	a.forget(command)
	var response any
	var err error
	switch command {
	case cmdMakeCredential:
		response, err = a.makeCredential(ctx, params, touch)
	case cmdGetAssertion:
		response, err = a.getAssertion(ctx, params, touch)
	case cmdGetNextAssertion:
		response, err = a.getNextAssertion(params)
	case cmdGetInfo:
		response, err = a.getInfo(params)
	case cmdClientPIN:
		response, err = a.clientPIN(params)
	case cmdReset:
		err = a.reset(ctx, params, touch)
	case cmdCredentialManagement, cmdCredentialManagementPreview:
		response, err = a.credentialManagement(params)
	case cmdSelection:
		err = a.selection(ctx, params, touch)
	default:
		err = StatusInvalidCommand
	}
	if err != nil || response == nil {
		return nil, err
	}
	return ctap2.encode(response)
}

// forget drops what a command can only go on with if it directly follows its own beginning (CTAP 2.1 §6.3, §6.8).
func (a *Authenticator) forget(command byte) {
	if command != cmdGetNextAssertion {
		a.assertions = nil
	}
	if command != cmdCredentialManagement && command != cmdCredentialManagementPreview {
		a.listing = listing{}
	}
}

// status returns what the platform is told of err.
func (a *Authenticator) status(err error) Status {
	var status Status
	if errors.As(err, &status) {
		return status
	}
	a.options.Log.Error("command failed", "error", err)
	return StatusOther
}

// update changes the state: all of it, durably, or not at all.
func (a *Authenticator) update(change func(*State)) error {
	next := a.state.clone()
	change(&next)
	if err := a.options.Store.Save(next); err != nil {
		return err
	}
	a.state = next
	return nil
}

// noParameters refuses parameters where a command has none.
func noParameters(params []byte) error {
	if len(params) != 0 {
		return StatusInvalidLength
	}
	return nil
}
