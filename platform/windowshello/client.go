package windowshello

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"latchkey/fido/ceremony"
)

// Options say how the app shows itself to Windows.
type Options struct {
	// Window returns the handle (HWND) of the window that Windows' own dialogue is to
	// stand before; nil, or a handle of 0, means the window that is in front.
	Window func() uintptr
}

// New returns the authenticators that webauthn.dll serves. Where there is none, they say
// so when they are probed or used.
func New(options Options) (*Hello, *SecurityKeys) {
	library, err := openLibrary()
	return newAuthenticators(options, library, err)
}

func newAuthenticators(options Options, library library, missing error) (*Hello, *SecurityKeys) {
	c := &client{options: options, library: library, missing: missing}
	return &Hello{client: c}, &SecurityKeys{client: c}
}

// updateWindows is the way to a webauthn.dll.
const updateWindows = "Update Windows: this needs Windows 10 version 1903 or newer."

// client runs ceremonies with webauthn.dll.
type client struct {
	options Options
	library library // nil where there is none
	missing error   // why there is none
}

// APIVersion returns the version of the WebAuthn API of this Windows, 0 where it has none.
func (c *client) APIVersion() uint32 {
	if c.library == nil {
		return 0
	}
	return c.library.apiVersion()
}

// present fails where there is no webauthn.dll.
func (c *client) present() error {
	if c.library != nil {
		return nil
	}
	return failure(ceremony.CodeUnsupported, updateWindows, c.missing)
}

// window is what the dialogue stands before. Windows refuses a ceremony without one.
func (c *client) window() uintptr {
	if c.options.Window != nil {
		if window := c.options.Window(); window != 0 {
			return window
		}
	}
	return c.library.foregroundWindow()
}

func (c *client) create(ctx context.Context, request ceremony.CreateRequest, to attachment, device ceremony.Device, prompter ceremony.Prompter) (*ceremony.Created, error) {
	var created *ceremony.Created
	timeout := limit(request.Options.Timeout)
	err := c.ceremony(ctx, timeout, device, ceremony.PurposeCreate, prompter, func(id *guid) error {
		made, err := c.library.makeCredential(c.window(), newCreation(request, to, c.library.apiVersion(), milliseconds(timeout), id))
		if err != nil {
			return err
		}
		defer c.library.freeAttestation(made)
		created, err = made.created(device)
		return nonsense(err)
	})
	if err != nil {
		return nil, err
	}
	return created, nil
}

func (c *client) assert(ctx context.Context, request ceremony.AssertRequest, from attachment, device ceremony.Device, prompter ceremony.Prompter) (*ceremony.Asserted, error) {
	var asserted *ceremony.Asserted
	timeout := limit(request.Options.Timeout)
	err := c.ceremony(ctx, timeout, device, ceremony.PurposeAssert, prompter, func(id *guid) error {
		signed, err := c.library.getAssertion(c.window(), newAssertionRequest(request, from, c.library.apiVersion(), milliseconds(timeout), id))
		if err != nil {
			return err
		}
		defer c.library.freeAssertion(signed)
		asserted, err = signed.asserted(device, request.Options.AllowCredentials)
		return nonsense(err)
	})
	if err != nil {
		return nil, err
	}
	return asserted, nil
}

// ceremony runs an operation until it ends, the timeout is over or ctx ends. Windows
// takes the timeout as guidance only, so it is held here as well.
func (c *client) ceremony(ctx context.Context, timeout time.Duration, device ceremony.Device, purpose ceremony.Purpose, prompter ceremony.Prompter, operation func(id *guid) error) error {
	limited, release := context.WithTimeout(ctx, timeout)
	defer release()
	if err := ctx.Err(); err != nil {
		return err
	}
	id, err := c.library.cancellationID()
	if err != nil {
		return explain(err)
	}
	done := prompter.Touch(limited, ceremony.TouchNotice{Devices: []ceremony.Device{device}, Purpose: purpose})
	err = c.canceling(limited, id, operation)
	done()
	switch {
	case err == nil: // also where it was too late to cancel: what was made has to be told
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return failure(ceremony.CodeTimeout, "", err)
	default:
		return explain(err)
	}
}

// cancelEvery is how often an operation is told to end: being told before Windows has
// begun with it is lost.
const cancelEvery = 50 * time.Millisecond

// canceling runs operation and cancels it when ctx ends.
func (c *client) canceling(ctx context.Context, id *guid, operation func(id *guid) error) error {
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		again := time.NewTicker(cancelEvery)
		defer again.Stop()
		for {
			// An error means that there is nothing to cancel, yet or any more.
			_ = c.library.cancel(id)
			select {
			case <-ended:
				return
			case <-again.C:
			}
		}
	})
	defer watching.Wait()
	defer close(ended)
	return operation(id)
}

// defaultTimeout holds where the relying party gives none; WebAuthn L3 §5.1.3 recommends
// five minutes.
const defaultTimeout = 5 * time.Minute

func limit(timeout uint32) time.Duration {
	if timeout == 0 {
		return defaultTimeout
	}
	return time.Duration(timeout) * time.Millisecond
}

func milliseconds(d time.Duration) uint32 { return uint32(d / time.Millisecond) }

// nonsense reports an answer that does not fit its request.
func nonsense(err error) error {
	if err == nil {
		return nil
	}
	return failure(ceremony.CodeDevice, "", err)
}

// errAPITooOld tells that a function came with a later Windows.
func errAPITooOld(has, wanted uint32) error {
	return fmt.Errorf("it needs version %d of the WebAuthn API of Windows, which has version %d here", wanted, has)
}

// isCode tells whether err is a *ceremony.Error of that code.
func isCode(err error, code ceremony.Code) bool {
	var e *ceremony.Error
	return errors.As(err, &e) && e.Code == code
}
