//go:build windows && cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"latchkey/fido/virtualkey/authenticator"
)

// hresult is how a function ends.
type hresult = uint32

const (
	ok                 hresult = 0
	eNotImpl           hresult = 0x80004001
	eFail              hresult = 0x80004005
	eInvalidArg        hresult = 0x80070057
	errorTimeout       hresult = 0x800705b4
	nteExists          hresult = 0x8009000f
	nteNotFound        hresult = 0x80090011
	nteStorageFull     hresult = 0x80090023
	nteNotSupported    hresult = 0x80090029
	nteDeviceNotFound  hresult = 0x80090035
	nteUserCancelled   hresult = 0x80090036
	transportUSB               = 0x01
	transportInternal          = 0x10
	attachmentPlatform         = 1
	attachmentCrossKey         = 2
)

// refuse explains what is wrong with a call.
func refuse(format string, args ...any) hresult {
	fmt.Fprintf(os.Stderr, "webauthn.dll stand-in: "+format+"\n", args...)
	return eInvalidArg
}

// resultOf tells what the end of a ceremony under ctx is to the caller.
func resultOf(ctx context.Context, err error) hresult {
	var status authenticator.Status
	switch {
	case err == nil:
		return ok
	case !errors.As(err, &status):
		refuse("%v", err)
		return eFail
	}
	switch status {
	case authenticator.StatusKeepAliveCancel:
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errorTimeout
		}
		return nteUserCancelled
	case authenticator.StatusOperationDenied:
		return nteUserCancelled
	case authenticator.StatusCredentialExcluded:
		return nteExists
	case authenticator.StatusNoCredentials:
		return nteNotFound
	case authenticator.StatusKeyStoreFull:
		return nteStorageFull
	case authenticator.StatusUnsupportedAlgorithm:
		return nteNotSupported
	default:
		refuse("%v", err)
		return eFail
	}
}

// operations are those that wait for the person, by their cancellation ids.
var operations = struct {
	sync.Mutex
	running map[[16]byte]context.CancelFunc
}{running: map[[16]byte]context.CancelFunc{}}

// operation begins one. The caller calls end when it is over.
func operation(id [16]byte, milliseconds uint32) (ctx context.Context, end func()) {
	if most, err := strconv.ParseUint(os.Getenv("LATCHKEY_STANDIN_TIMEOUT"), 10, 32); err == nil {
		milliseconds = min(milliseconds, uint32(most))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(milliseconds)*time.Millisecond)
	operations.Lock()
	defer operations.Unlock()
	operations.running[id] = cancel
	return ctx, func() {
		cancel()
		operations.Lock()
		defer operations.Unlock()
		delete(operations.running, id)
		select {
		case <-touches: // was for this one
		default:
		}
	}
}

func cancelOperation(id [16]byte) hresult {
	operations.Lock()
	defer operations.Unlock()
	cancel, found := operations.running[id]
	if !found {
		return nteNotFound
	}
	journal("the dialogue is cancelled")
	cancel()
	return ok
}
