package wire

import (
	"latchkey/app/companion"
	"latchkey/platform/windowshello"
)

// authenticators are a computer's in the order in which they are tried. Windows has
// security keys to itself, and a dialogue that waits for one where none is plugged in: so
// what is built in comes first, and the given ones, which need administrator rights, not
// at all.
func (h host) authenticators(companion.Authenticator) []companion.Authenticator {
	hello, securityKeys := windowshello.New(windowshello.Options{Window: h.window})
	return []companion.Authenticator{hello, securityKeys}
}
