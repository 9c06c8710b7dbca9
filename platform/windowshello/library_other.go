//go:build !windows

package windowshello

import "errors"

// openLibrary fails: webauthn.dll is part of Windows.
func openLibrary() (library, error) {
	return nil, errors.New("webauthn.dll is part of Windows, and this is another system")
}
