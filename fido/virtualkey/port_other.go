//go:build !linux

package virtualkey

import (
	"errors"

	"latchkey/fido/virtualkey/ctaphid"
)

var errNoPort = errors.New("a virtual key needs Linux: no other system lets libfido2 open a pseudo-terminal as a key")

// port stands where no system can have one.
type port struct {
	ctaphid.Port
	path string
}

func openPort() (*port, error) { return nil, errNoPort }
