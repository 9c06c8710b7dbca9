package wire

import (
	"path/filepath"

	"latchkey/app/companion"
	"latchkey/platform/touchid"
)

// authenticators are a computer's in the order in which they are tried: whoever plugs in
// a key wants to use it.
func (h host) authenticators(securityKeys companion.Authenticator) []companion.Authenticator {
	return []companion.Authenticator{
		securityKeys,
		touchid.New(touchid.Options{Records: filepath.Join(h.dir, "touchid.json"), Hostname: h.computer}),
	}
}
