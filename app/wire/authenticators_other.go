//go:build !linux && !windows && !darwin

package wire

import "latchkey/app/companion"

// authenticators are a computer's in the order in which they are tried.
func (h host) authenticators(securityKeys companion.Authenticator) []companion.Authenticator {
	return []companion.Authenticator{securityKeys}
}
