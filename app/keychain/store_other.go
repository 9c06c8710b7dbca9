//go:build !linux

package keychain

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/zalando/go-keyring"

	"latchkey/app/companion"
)

// system is the macOS keychain or the Windows credential manager.
var system = loginKeyring{}

// loginKeyring is a keyring that a login session opens by itself.
type loginKeyring struct{}

func (loginKeyring) get(_ context.Context, name string) (string, error) {
	value, err := keyring.Get(service, name)
	return value, explainLogin(err)
}

func (loginKeyring) set(_ context.Context, name, value string) error {
	return explainLogin(keyring.Set(service, name, value))
}

func (loginKeyring) remove(_ context.Context, name string) error {
	return explainLogin(keyring.Delete(service, name))
}

// lockedStatus is what security(1) of macOS ends with when a locked keychain would
// have to ask: the low eight bits of errSecInteractionNotAllowed.
const lockedStatus = -25308 & 0xff

func explainLogin(err error) error {
	var exit *exec.ExitError
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return errNotFound
	case errors.As(err, &exit) && exit.ExitCode() == lockedStatus:
		return fmt.Errorf("%w: unlock it in “Keychain Access”", companion.ErrKeyringLocked)
	}
	return err
}
