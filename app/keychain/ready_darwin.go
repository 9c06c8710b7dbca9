//go:build darwin

package keychain

import (
	"context"
	"errors"
	"os/exec"
)

// ready has nothing to look at: a login session has a keychain.
func ready(context.Context) error { return nil }

// locked recognises errSecInteractionNotAllowed (-25308), which security(1) ends
// with when a locked keychain would have to ask, as the low eight bits of it.
func locked(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == -25308&0xff
}
